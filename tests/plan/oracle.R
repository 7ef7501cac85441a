# Power of planned questions by R 4.2.2, from the variances as `plan` documents them.
# Run: Rscript oracle.R > reference.json
library(jsonlite)
power <- function(distance, se, df, level) {
  pt(qt(1 - level / 2, df), df, distance / se, lower.tail = FALSE)
}
kappa <- 0.25; phi <- 1.5; icc <- 0.056; days <- 400; cv <- 0.4
rate <- c(0.5, 0.35); share <- c(0.2, 0.2)
v_rate <- function(l, kappa, phi) (1 + cv^2) * kappa^2 + phi / (l * days)
v_share <- function(p, l) {
  m <- days * l
  cv2 <- (1 + cv^2) * (1 + kappa^2) - 1 + phi / m
  p * (1 - p) * ((1 + cv2) * icc + (1 - icc) / m)
}
v_accepted <- function(l, p) {
  k2 <- (1 + kappa^2) * (1 + icc * (1 - p) / p) - 1
  (1 + cv^2) * k2 + (1 + (phi - 1) * p) / (l * p * days)
}
out <- list()
se <- sqrt(sum(sapply(rate, v_rate, kappa, phi)) / 10)
out$rate <- list(se = se, power = power(-log(0.7), se, 18, 0.05),
  adjusted = power(-log(0.7), se * sqrt(1 - 0.36), 17, 0.05))
se <- sqrt((v_share(0.2, 0.5) + v_share(0.2, 0.35)) / 10)
out$margin <- list(se = se, power = power(0.03, se, 18, 0.05))
se <- sqrt((v_share(0.2, 0.5) / 0.2^2 + v_share(0.2, 0.35) / 0.2^2) / 10)
out$ratioMargin <- list(se = se, power = power(-log(0.8), se, 18, 0.05))
se <- sqrt((v_accepted(0.5, 0.2) + v_accepted(0.45, 0.3)) / 10)
out$accepted <- list(se = se, power = power(log(0.45 * 0.3 / 0.1), se, 18, 0.05))
# Equivalence of rates between 0.7 and 1.4 with no effect.
se <- sqrt(2 * v_rate(0.5, kappa, phi) / 10)
out$equivalence <- list(se = se, power = power(-log(0.7), se, 18, 0.05) + power(log(1.4), se, 18, 0.05) - 1)
# Three arms of 6 at Holm's first step.
se <- sqrt((v_share(0.2, 0.5) + v_share(0.28, 0.5)) / 6)
out$three <- list(se = se, power = power(0.08, se, 10, 0.025))
# Two for one: 14 practices in the arm and 7 in control.
se <- sqrt(v_rate(0.35, kappa, phi) / 14 + v_rate(0.5, kappa, phi) / 7)
out$unequal <- list(se = se, power = power(-log(0.7), se, 19, 0.05))
# The least effect found with 80 %, and the narrowest margin met with it.
shift <- function(df, level, wanted) {
  uniroot(\(d) power(d, 1, df, level) - wanted, c(0, 20), tol = 1e-13)$root
}
out$detectable <- list(ratio = uniroot(\(r) {
  se <- sqrt((v_rate(0.5, kappa, phi) + v_rate(0.5 * r, kappa, phi)) / 10)
  -log(r) - shift(18, 0.05, 0.8) * se
}, c(0.3, 0.95), tol = 1e-13)$root)
out$narrowest <- list(margin = -shift(18, 0.05, 0.8) * sqrt(2 * v_share(0.2, 0.5) / 10))
# More units than this in an arm: 20 to 28 % with sizes alike, whatever their alerts.
n <- (qnorm(0.975) + qnorm(0.8))^2 * (0.2 * 0.8 + 0.28 * 0.72) / 0.08^2
out$beyond <- list(units = n * 0.088)
# The variance of an effect within periods: a sandwich of cells weighted as if they were independent.
# x: arms by cluster and period; m: sizes; b, w: variances by arm; r: correlation of periods;
# weight: by arm; cv, k, phi: of the sizes.
within_periods <- function(x, m, b, w, r, weight = c(1, 1, 1), cv = 0, k = 0, phi = 0) {
  arms <- max(x); periods <- ncol(x)
  design <- function(i) cbind(diag(periods), sapply(seq_len(arms), \(a) as.numeric(x[i, ] == a)))
  bread <- meat <- 0
  for (i in seq_len(nrow(x))) {
    own <- x[i, ] + 1; z <- design(i); W <- diag(weight[own] * m[i, ])
    uneven <- (1 + cv^2) * (1 + k^2 * r) + diag(phi / m[i, ])
    V <- sqrt(outer(b[own], b[own])) * r * uneven + diag(w[own] / m[i, ])
    bread <- bread + t(z) %*% W %*% z
    meat <- meat + t(z) %*% W %*% V %*% W %*% z
  }
  v <- solve(bread) %*% meat %*% solve(bread)
  v[periods + 1, periods + 1]
}
apart <- \(n) abs(outer(1:n, 1:n, "-"))
nested <- \(n, p) ifelse(apart(n) == 0, 1, p)
wedge <- t(sapply(1:4, \(s) as.integer(1:5 > s)))
# A stepped wedge of 12 clusters, 4 steps, 80 days in the mean period (the last is twice as long as the
# others), nested exchangeable with 0.8; sizes with CV 0.4 or alike.
x <- wedge[rep(1:4, each = 3), ]; days <- matrix(80 * c(7, 7, 7, 7, 14) / 8.4, 12, 5, byrow = TRUE)
kappas <- rep(kappa^2, 2)
se <- sqrt(within_periods(x, days, kappas, phi / rate, nested(5, 0.8), rate))
out$wedge <- list(se = se, power = power(-log(0.7), se, 10, 0.05))
se <- sqrt(within_periods(x, days, kappas, phi / rate, nested(5, 0.8), rate, cv = 0.4))
out$wedgeUneven <- list(se = se)
se <- sqrt(within_periods(x, days %*% diag(0.9^(0:4)), kappas, phi / rate, nested(5, 0.8), rate))
out$wedgeTrend <- list(se = se)
# Without two days after the change.
days <- days * (1 - 2 / matrix(c(7, 7, 7, 7, 14), 12, 5, byrow = TRUE) * cbind(0, x[, -1] != x[, -5]))
se <- sqrt(within_periods(x, days, kappas, phi / rate, nested(5, 0.8), rate))
out$wedgeWashout <- list(se = se)
# Its acceptance, 20 to 28 % of 0.5 and 0.35 alerts a day, fading with the distance.
p <- c(0.2, 0.28); r <- 0.7^apart(5)
days <- matrix(80 * c(7, 7, 7, 7, 14) / 8.4, 12, 5, byrow = TRUE)
m <- days * ifelse(x == 1, 0.35, 0.5)
se <- sqrt(within_periods(x, m, icc * p * (1 - p), (1 - icc) * p * (1 - p), r, c(1, 1), 0.4, kappa, phi))
out$wedgeAcceptance <- list(se = se)
# Designs by themselves: three arms in a Latin square with sizes of their own, a wedge, parallel arms.
x <- rbind(c(0, 1, 2), c(1, 2, 0), c(2, 0, 1), c(0, 1, 2), c(1, 2, 0), c(2, 0, 1), c(0, 2, 1))
m <- matrix(c(20, 35, 50, 65, 80, 95, 110), 7, 3) + rep(c(0, 5, 20), each = 7)
out$within <- list(
  latin = within_periods(x, m, c(0.04, 0.05, 0.02), c(3, 2, 4), nested(3, 0.6), c(0.5, 0.4, 0.7)),
  uneven = within_periods(x, m, c(0.04, 0.05, 0.02), c(3, 2, 4), 0.6^apart(3), c(1, 1, 1), 0.5, 0.3, 1.5),
  exchangeable = within_periods(wedge, matrix(40, 4, 5), c(0.04, 0.04), c(1, 1), nested(5, 1)))
# Units that hash: the chance that fewer than what is needed are in an arm.
out$hashed <- list(none = sum(dbinom(0:20, 20, 0.5)[sapply(0:20, \(k) 1 / choose(20, k) > 0.025)]))
cat(toJSON(out, digits = NA, auto_unbox = TRUE, pretty = TRUE), "\n")

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
# A stepped wedge of 12 clusters, 4 steps, 80 days a period, nested exchangeable with 0.8.
x <- t(sapply(1:4, \(s) as.integer(1:5 > s)))[rep(1:4, each = 3), ]
between <- c(kappa^2, kappa^2); within <- phi / (c(0.5, 0.35) * 80)
information <- Reduce(`+`, lapply(1:12, \(i) {
  v <- kappa^2 * ifelse(diag(5) == 1, 1, 0.8) + diag(within[x[i, ] + 1])
  z <- cbind(diag(5), x[i, ])
  t(z) %*% solve(v, z)
}))
se <- sqrt(solve(information)[6, 6])
out$wedge <- list(se = se, power = power(-log(0.7), se, 10, 0.05))
# Units that hash: the chance that fewer than what is needed are in an arm.
out$hashed <- list(none = sum(dbinom(0:20, 20, 0.5)[sapply(0:20, \(k) 1 / choose(20, k) > 0.025)]))
cat(toJSON(out, digits = NA, auto_unbox = TRUE, pretty = TRUE), "\n")

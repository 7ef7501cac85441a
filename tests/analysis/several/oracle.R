# Reference numbers for the comparison of several arms. R 4.2.2, multcomp 1.4-x, mvtnorm, geepack 1.3.9.
# Rscript oracle.R > reference.json
suppressPackageStartupMessages({
  library(multcomp)
  library(mvtnorm)
  library(geepack)
  library(jsonlite)
})
set.seed(20240229)
out <- list(source = paste0(
  R.version.string, ", multcomp ", packageVersion("multcomp"), ", mvtnorm ", packageVersion("mvtnorm"),
  ", geepack ", packageVersion("geepack")
))

# --- p.adjust ----------------------------------------------------------------------------------
families <- list(
  case = c(0.012, 0.031, 0.034, 0.004, 0.22),
  one = 0.04, ties = c(0.02, 0.02, 0.5, 0.02, 0.5), edges = c(0, 1, 0.3, 0, 1),
  uniform = runif(12), small = rbeta(25, 0.3, 4), twoTiny = c(1e-300, 3e-17, 0.9),
  decreasing = rev(sort(runif(7))^2), hommel = c(0.01, 0.02, 0.022, 0.09, 0.04, 0.024, 0.025, 0.9)
)
methods <- c(
  "holm", "hochberg", "hommel", "bonferroni",
  "benjamini-hochberg" = "BH", "benjamini-yekutieli" = "BY"
)
names(methods)[1:4] <- methods[1:4]
out$adjust <- lapply(families, function(p) {
  list(p = I(p), adjusted = lapply(as.list(methods), function(m) I(p.adjust(p, m))))
})

# --- Dunnett -----------------------------------------------------------------------------------
# P(max T <= c) or P(max |T| <= c): trapezoidal sums over the shared normal and the logarithm of s.
covered <- function(c, loadings, df, sides) {
  z <- seq(-9, 9, length.out = 801)
  ends <- log(qchisq(c(1e-18, 1 - 1e-16), df) / df) / 2
  s <- exp(seq(ends[1] - 0.2, ends[2] + 0.2, length.out = 401))
  inside <- matrix(1, length(z), length(s))
  for (loading in loadings) {
    r <- sqrt(1 - loading^2)
    above <- outer(-loading * z, c * s, "+") / r
    below <- outer(-loading * z, c * s, "-") / r
    inside <- inside * if (sides == 1) pnorm(above) else pnorm(above) - pnorm(below)
  }
  weight <- 2 * df * s^2 * dchisq(df * s^2, df)
  sum(dnorm(z) %*% inside * weight) / sum(dnorm(z)) / sum(weight)
}
critical_value <- function(loadings, df, sides) {
  uniroot(function(c) covered(c, loadings, df, sides) - 0.95, c(0.5, 12), tol = 1e-11)$root
}
dunnett_case <- function(y, arm, alternative) {
  fit <- aov(y ~ arm)
  test <- glht(fit, mcp(arm = "Dunnett"),
    alternative = c("two-sided" = "two.sided", less = "less", greater = "greater")[[alternative]]
  )
  exact <- GenzBretz(maxpts = 5e5, abseps = 1e-5)
  n <- table(arm)
  loadings <- as.numeric(sqrt(n[-1] / (n[-1] + n[1])))
  df <- fit$df.residual
  sides <- if (alternative == "two-sided") 2 else 1
  t <- unname(summary(test, test = univariate())$test$tstat)
  extreme <- switch(alternative, "two-sided" = abs(t), less = -t, greater = t)
  order <- order(-extreme)
  single <- sapply(extreme, function(c) 1 - covered(c, loadings, df, sides))
  down <- numeric(length(t))
  down[order] <- cummax(sapply(seq_along(order), function(j) {
    1 - covered(extreme[order[j]], loadings[order[j:length(order)]], df, sides)
  }))
  critical <- critical_value(loadings, df, sides)
  estimate <- unname(coef(test))
  se <- estimate / t
  list(
    alternative = alternative,
    arms = lapply(levels(arm), function(a) {
      list(
        arm = a, mean = mean(y[arm == a]), units = sum(arm == a),
        variance = if (sum(arm == a) > 1) var(y[arm == a]) else 0
      )
    }),
    control = levels(arm)[1], df = df, t = I(t), estimate = I(estimate), standardError = I(se),
    pValue = I(unname(as.numeric(summary(test, test = univariate())$test$pvalues))),
    adjusted = I(single), stepDown = I(down), critical = critical,
    lower = I(estimate - critical * se),
    upper = I(estimate + critical * se),
    multcomp = list(
      adjusted = I(as.numeric(summary(test, test = adjusted("single-step", algorithm = exact))$test$pvalues)),
      stepDown = I(as.numeric(summary(test, test = adjusted("free", algorithm = exact))$test$pvalues))
    )
  )
}
unbalanced <- factor(rep(c("usual", "b", "c", "d"), c(9, 4, 15, 3)), levels = c("usual", "b", "c", "d"))
yUnbalanced <- rnorm(31, c(0, -1.1, -0.4, 0.9)[unbalanced])
lone <- factor(rep(c("usual", "b", "c"), c(4, 1, 3)), levels = c("usual", "b", "c"))
yLone <- rnorm(8, c(0, 2, -2)[lone])
pair <- factor(rep(c("usual", "b"), c(6, 5)), levels = c("usual", "b"))
yPair <- rnorm(11, c(0, 1)[pair])
many <- factor(rep(letters[1:8], c(20, 5, 8, 13, 6, 30, 9, 4)))
yMany <- 40 + 7 * rnorm(95, c(0, 0.3, -0.5, 0.7, 1.2, -0.2, -0.9, 0)[many])
out$dunnett <- list(
  dunnett_case(sqrt(InsectSprays$count), InsectSprays$spray, "two-sided"),
  dunnett_case(yUnbalanced, unbalanced, "two-sided"), dunnett_case(yUnbalanced, unbalanced, "less"),
  dunnett_case(yUnbalanced, unbalanced, "greater"), dunnett_case(yLone, lone, "two-sided"),
  dunnett_case(yPair, pair, "two-sided"), dunnett_case(yPair, pair, "greater"),
  dunnett_case(yMany, many, "two-sided"), dunnett_case(yMany, many, "less")
)

# --- Rates of arms -----------------------------------------------------------------------------
# geepack gives the arms' log rates with CR0; KC and MD are the same with 1/(1 - h) and 1/(1 - h)^2.
rates_case <- function(sizes, rates, sd) {
  arm <- factor(rep(seq_along(sizes), sizes), labels = letters[seq_along(sizes)])
  days <- round(rgamma(length(arm), 2, 0.01)) + 5
  events <- rpois(length(arm), days * rates[arm] * exp(rnorm(length(arm), -sd^2 / 2, sd)))
  id <- seq_along(arm)
  fit <- geeglm(events ~ 0 + arm + offset(log(days)), poisson, id = id)
  log_rate <- unname(coef(fit))
  se <- list(CR0 = unname(sqrt(diag(vcov(fit)))))
  for (method in c("KC", "MD")) {
    se[[method]] <- sapply(levels(arm), function(a) {
      y <- events[arm == a]
      e <- days[arm == a]
      d <- y - sum(y) / sum(e) * e
      sqrt(sum(d^2 / (1 - e / sum(e))^(if (method == "MD") 2 else 1))) / sum(y)
    })
  }
  df <- length(arm) - nlevels(arm)
  omnibus <- function(b, v) {
    contrast <- cbind(-1, diag(length(b) - 1))
    wald <- drop(t(contrast %*% b) %*% solve(contrast %*% v %*% t(contrast), contrast %*% b))
    q <- nrow(contrast)
    list(wald = wald, p = pf(wald / q, q, df, lower.tail = FALSE), chiP = pchisq(wald, q, lower.tail = FALSE))
  }
  control <- function(b, s, method) {
    v <- diag(s[-1]^2, length(b) - 1) + s[1]^2
    test <- glht(parm(b[-1] - b[1], v, df = df))
    genz <- GenzBretz(maxpts = 5e5, abseps = 1e-5)
    list(
      adjusted = I(as.numeric(summary(test, test = adjusted("single-step", algorithm = genz))$test$pvalues)),
      stepDown = I(as.numeric(summary(test, test = adjusted("free", algorithm = genz))$test$pvalues)),
      critical = critical_value(s[1] / sqrt(s[1]^2 + s[-1]^2), df, 2)
    )
  }
  rate <- exp(log_rate)
  list(
    arms = lapply(levels(arm), function(a) {
      list(arm = a, units = lapply(which(arm == a), function(i) {
        list(numerator = events[i], denominator = days[i])
      }))
    }),
    df = df, rate = I(rate), logRate = I(log_rate), standardError = lapply(se, function(s) I(unname(s))),
    logRatio = lapply(se, function(s) omnibus(log_rate, diag(s^2))),
    difference = lapply(se, function(s) omnibus(rate, diag((rate * s)^2))),
    control = list(
      logRatio = control(log_rate, unname(se$MD)), difference = control(rate, unname(rate * se$MD))
    )
  )
}
out$rates <- list(
  rates_case(c(8, 6, 7), c(3, 2.4, 3.3), 0.3), rates_case(c(3, 4, 12, 5), c(0.5, 0.2, 0.4, 0.45), 0.4),
  rates_case(c(40, 25), c(0.05, 0.03), 0.2)
)

# --- Wald --------------------------------------------------------------------------------------
wald_case <- function(p, contrast, df) {
  root <- matrix(rnorm(p * p), p) * runif(p, 0.1, 10)
  v <- tcrossprod(root)
  b <- rnorm(p, 0, 3)
  wald <- drop(t(contrast %*% b) %*% solve(contrast %*% v %*% t(contrast)) %*% (contrast %*% b))
  q <- nrow(contrast)
  list(
    estimates = I(b), covariance = v, contrasts = contrast, df = df, wald = wald,
    p = pf(wald / q, q, df, lower.tail = FALSE), chiP = pchisq(wald, q, lower.tail = FALSE)
  )
}
out$wald <- list(
  wald_case(1, diag(1), 9), wald_case(4, diag(4), 17), wald_case(5, cbind(0, 0, diag(3)), 6.5),
  wald_case(6, matrix(rnorm(12), 2), 40), wald_case(3, rbind(c(1, -1, 0), c(0, 1, -1)), 3)
)

# --- Factorial ---------------------------------------------------------------------------------
# Cell means with a pooled variance: contrasts of lm(y ~ 0 + cell) by glht, tests of terms by dropping
# their columns from the sum-coded model (type III).
factorial_case <- function(levels, sizes, effect) {
  grid <- expand.grid(rev(lapply(levels, factor)))[, length(levels):1]
  names(grid) <- names(levels)
  cell <- factor(rep(seq_len(nrow(grid)), sizes))
  y <- rnorm(length(cell), effect[cell], 1.3)
  data <- lapply(grid, function(x) x[cell])
  fit <- lm(y ~ 0 + cell)
  s <- summary(fit)$sigma
  k <- length(levels)
  full <- lm(as.formula(paste("y ~", paste(names(levels), collapse = " * "))), data,
    contrasts = setNames(rep(list("contr.sum"), k), names(levels))
  )
  columns <- model.matrix(full)
  term <- attr(columns, "assign")
  labels <- attr(terms(full), "term.labels")
  tests <- lapply(seq_along(labels), function(i) {
    reduced <- lm(y ~ 0 + columns[, term != i])
    a <- anova(reduced, full)
    list(term = labels[i], f = a$F[2], q = a$Df[2], p = a$`Pr(>F)`[2])
  })
  # Every choice of a level (or none) of each factor makes a contrast at the margins.
  choices <- expand.grid(lapply(levels, function(l) c("", l[-1])), stringsAsFactors = FALSE)
  choices <- choices[rowSums(choices != "") > 0, , drop = FALSE]
  one <- function(weights) {
    u <- summary(glht(fit, matrix(weights, 1)), test = univariate())$test
    ci <- coef(fit) %*% weights + c(-1, 1) * qt(0.975, fit$df.residual) * u$sigma
    list(estimate = unname(u$coefficients), se = unname(u$sigma), p = as.numeric(u$pvalues), lower = ci[1], upper = ci[2])
  }
  weights <- function(chosen, held) {
    w <- rep(1, nrow(grid))
    for (f in names(levels)) {
      x <- as.character(grid[[f]])
      w <- w * if (f %in% names(held)) {
        x == held[[f]]
      } else if (chosen[[f]] == "") {
        rep(1 / length(levels[[f]]), length(x))
      } else {
        (x == chosen[[f]]) - (x == levels[[f]][1])
      }
    }
    w
  }
  margins <- lapply(seq_len(nrow(choices)), function(i) {
    chosen <- as.list(choices[i, , drop = FALSE])
    c(list(levels = chosen[chosen != ""]), one(weights(chosen, list())))
  })
  first <- names(levels)[1]
  others <- expand.grid(rev(levels[-1]), stringsAsFactors = FALSE)[, (k - 1):1, drop = FALSE]
  names(others) <- names(levels)[-1]
  simple <- lapply(seq_len(nrow(others)), function(i) {
    chosen <- setNames(as.list(rep("", k)), names(levels))
    chosen[[1]] <- levels[[1]][2]
    c(list(at = as.list(others[i, , drop = FALSE])), one(weights(chosen, as.list(others[i, , drop = FALSE]))))
  })
  list(
    factors = lapply(names(levels), function(f) list(name = f, levels = I(levels[[f]]))),
    cells = lapply(seq_len(nrow(grid)), function(i) {
      list(
        arm = paste0("cell ", i), levels = lapply(grid[i, ], as.character),
        estimate = mean(y[cell == i]), standardError = s / sqrt(sum(cell == i)), units = sum(cell == i)
      )
    }),
    df = fit$df.residual, tests = tests, margins = margins, simple = simple
  )
}
two <- function(x) c(paste("usual", x), paste("new", x))
out$factorial <- list(
  factorial_case(list(timing = two("time"), wording = two("text")), c(5, 7, 4, 6), c(0, 1, 1.5, 4)),
  factorial_case(list(a = c("1", "2", "3"), b = c("x", "y")), c(3, 4, 9, 2, 5, 6), c(0, 1, 2, 1, 0, 3)),
  factorial_case(list(a = c("0", "1"), b = c("0", "1"), c = c("0", "1")), c(4, 2, 3, 5, 4, 6, 2, 7), 1:8 / 3),
  factorial_case(
    list(a = c("0", "1"), b = c("0", "1"), c = c("0", "1"), d = c("l", "m", "h")), rep(2:3, 12), (1:24 %% 5) / 2
  )
)

cat(toJSON(out, digits = NA, auto_unbox = TRUE, pretty = FALSE))

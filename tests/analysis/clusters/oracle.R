# Reference numbers for two-arm comparisons of clusters.
# R 4.2.2, coin, sandwich. Rscript oracle.R > reference.json
suppressMessages({
  library(jsonlite)
  library(coin)
  library(sandwich)
})

t_numbers <- function(x, y, level = 0.95, ...) {
  test <- t.test(x, y, conf.level = level, ...)
  list(estimate = mean(x) - mean(y), standardError = test$stderr, statistic = unname(test$statistic),
    degreesOfFreedom = unname(test$parameter), pValue = test$p.value,
    lower = test$conf.int[1], upper = test$conf.int[2], mean = mean(x), controlMean = mean(y),
    standardDeviation = sd(x), controlStandardDeviation = sd(y))
}

lm_numbers <- function(x, y, wx, wy) {
  fit <- lm(v ~ arm, data.frame(v = c(x, y), arm = rep(1:0, c(length(x), length(y)))),
    weights = c(wx, wy))
  row <- summary(fit)$coefficients[2, ]
  ci <- confint(fit)[2, ]
  list(estimate = row[[1]], standardError = row[[2]], statistic = row[[3]],
    degreesOfFreedom = fit$df.residual, pValue = row[[4]], lower = ci[[1]], upper = ci[[2]])
}

# Welch's test with weights: each arm's mean and its variance by its own lm.
welch_weighted <- function(x, y, wx, wy) {
  one <- summary(lm(x ~ 1, weights = wx))$coefficients
  other <- summary(lm(y ~ 1, weights = wy))$coefficients
  v <- c(one[2], other[2])^2
  df <- sum(v)^2 / sum(v^2 / (c(length(x), length(y)) - 1))
  est <- one[1] - other[1]
  list(estimate = est, standardError = sqrt(sum(v)), degreesOfFreedom = df,
    pValue = 2 * pt(-abs(est / sqrt(sum(v))), df))
}

ratio_variance <- function(y, e, correction) {
  h <- e / sum(e)
  k <- length(y)
  w <- switch(correction, CR0 = rep(1, k), delta = rep(k / (k - 1), k), KC = 1 / (1 - h), MD = 1 / (1 - h)^2)
  sqrt(w) * (y - sum(y) / sum(e) * e) / sum(e)
}

# Event average beside cluster average; MD by really leaving each unit out.
estimands <- function(a, b, scale, correction) {
  f <- if (scale == "logRatio") log else identity
  by_arm <- function(d) {
    r <- d$y / d$e
    event <- sum(d$y) / sum(d$e)
    cluster <- mean(r)
    if (correction == "MD") {
      # Leaving out moves the ratios; the logarithm is linearised.
      slope <- if (scale == "logRatio") c(1 / event, 1 / cluster) else c(1, 1)
      psi <- sapply(seq_along(r), function(i) event - sum(d$y[-i]) / sum(d$e[-i])) * slope[1]
      phi <- sapply(seq_along(r), function(i) cluster - mean(r[-i])) * slope[2]
    } else {
      slope <- if (scale == "logRatio") c(1 / event, 1 / cluster) else c(1, 1)
      psi <- ratio_variance(d$y, d$e, correction) * slope[1]
      phi <- ratio_variance(r, rep(1, length(r)), correction) * slope[2]
    }
    list(event = f(event), cluster = f(cluster), psi = psi, phi = phi)
  }
  one <- by_arm(a)
  other <- by_arm(b)
  df <- nrow(a) + nrow(b) - 2
  effect <- function(est, influence) {
    se <- sqrt(sum(influence^2))
    list(estimate = if (scale == "logRatio") exp(est) else est, standardError = se,
      statistic = est / se, pValue = 2 * pt(-abs(est / se), df))
  }
  list(
    eventAverage = effect(one$event - other$event, c(one$psi, other$psi)),
    clusterAverage = effect(one$cluster - other$cluster, c(one$phi, other$phi)),
    difference = effect(one$event - other$event - one$cluster + other$cluster,
      c(one$psi - one$phi, other$psi - other$phi))
  )
}

donner_klar <- function(arms) {
  cells <- do.call(rbind, Map(function(d, a) data.frame(y = d$y, e = d$e, arm = a), arms, seq_along(arms)))
  raw <- cells[rep(seq_len(nrow(cells)), cells$e), ]
  raw$unit <- factor(rep(seq_len(nrow(cells)), cells$e))
  raw$v <- unlist(Map(function(y, e) rep(1:0, c(y, e - y)), cells$y, cells$e))
  ms <- anova(lm(v ~ factor(arm) + unit, raw))
  msb <- ms["unit", "Mean Sq"]
  msw <- ms["Residuals", "Mean Sq"]
  m0 <- (sum(cells$e) - sum(tapply(cells$e, cells$arm, function(n) sum(n^2) / sum(n)))) /
    (nrow(cells) - length(arms))
  rho <- (msb - msw) / (msb + (m0 - 1) * msw)
  p <- sum(cells$y) / sum(cells$e)
  statistic <- function(rho) {
    sum(sapply(arms, function(d) {
      sum(d$e) * (sum(d$y) / sum(d$e) - p)^2 / (sum(d$e * (1 + (d$e - 1) * rho)) / sum(d$e) * p * (1 - p))
    }))
  }
  chi <- statistic(rho)
  list(icc = rho, chiSquared = chi, pValue = pchisq(chi, length(arms) - 1, lower.tail = FALSE),
    chiSquaredFloored = statistic(max(0, rho)))
}

odds_ratio <- function(a, b) {
  d <- rbind(cbind(a, arm = 1), cbind(b, arm = 0))
  d$unit <- seq_len(nrow(d))
  fit <- glm(cbind(y, e - y) ~ arm, binomial, d, epsilon = 1e-15, maxit = 50)
  se <- sqrt(vcovCL(fit, cluster = d$unit, type = "HC0", cadjust = FALSE)[2, 2])
  df <- nrow(d) - 2
  list(estimate = exp(coef(fit)[[2]]), standardError = se,
    pValue = 2 * pt(-abs(coef(fit)[[2]] / se), df),
    lower = exp(coef(fit)[[2]] - qt(0.975, df) * se), upper = exp(coef(fit)[[2]] + qt(0.975, df) * se))
}

proportions <- function(seed, k, size, spread) {
  set.seed(seed)
  one <- function(k, shift) {
    e <- rpois(k, size * rgamma(k, 2, 2)) + 2
    data.frame(y = rbinom(k, e, plogis(-0.8 + shift + rnorm(k, 0, spread))), e = e)
  }
  a <- one(k[1], -0.4)
  b <- one(k[2], 0)
  all <- rbind(a, b)
  weights <- function(d) d$e / (1 + (d$e - 1) * 0.08)
  logit <- function(d, c) log((d$y + c) / (d$e - d$y + c))
  out <- list(
    arm = a, control = b,
    pooled = t_numbers(a$y / a$e, b$y / b$e, var.equal = TRUE),
    welch = t_numbers(a$y / a$e, b$y / b$e, 0.9),
    weighted = lm_numbers(a$y / a$e, b$y / b$e, weights(a), weights(b)),
    weightedWelch = welch_weighted(a$y / a$e, b$y / b$e, weights(a), weights(b)),
    logit = t_numbers(logit(a, 0.5), logit(b, 0.5), var.equal = TRUE),
    logitQuarter = t_numbers(logit(a, 0.25), logit(b, 0.25)),
    logRatioHalf = t_numbers(log((a$y + 0.5) / a$e), log((b$y + 0.5) / b$e), var.equal = TRUE),
    donnerKlar = donner_klar(list(a, b)), oddsRatio = odds_ratio(a, b),
    threeArms = donner_klar(list(a[1:2, ], a[-(1:2), ], b)),
    estimands = list(
      differenceMD = estimands(a, b, "difference", "MD"), differenceDelta = estimands(a, b, "difference", "delta"),
      logRatioMD = estimands(a, b, "logRatio", "MD"), logRatioKC = estimands(a, b, "logRatio", "KC")
    ),
    influence = sapply(c("CR0", "delta", "KC", "MD"), function(correction) ratio_variance(a$y, a$e, correction), simplify = FALSE)
  )
  if (all(all$y > 0)) out$logRatio <- t_numbers(log(a$y / a$e), log(b$y / b$e), 0.99, var.equal = TRUE)
  out
}

ranks <- function(x, y, method) {
  ties <- anyDuplicated(c(x, y)) > 0
  d <- data.frame(v = c(x, y), arm = factor(rep(c("a", "b"), c(length(x), length(y)))))
  p <- sapply(c("two-sided", "greater", "less"), function(alternative) {
    if (method == "exact" && ties) {
      return(pvalue(wilcox_test(v ~ arm, d, distribution = exact(algorithm = "shift"),
        alternative = sub("-", ".", alternative))))
    }
    suppressWarnings(wilcox.test(x, y, alternative = sub("-", ".", alternative),
      exact = method == "exact", correct = method != "plain"))$p.value
  })
  out <- list(arm = I(x), control = I(y), method = method, ties = ties, p = as.list(p),
    statistic = unname(suppressWarnings(wilcox.test(x, y, exact = FALSE))$statistic),
    shift = median(outer(x, y, "-")))
  if (method == "exact" && !ties) {
    for (level in c(0.9, 0.95)) {
      test <- suppressWarnings(wilcox.test(x, y, exact = TRUE, conf.int = TRUE, conf.level = level))
      q <- max(1, qwilcox((1 - level) / 2, length(x), length(y)))
      out$intervals <- c(out$intervals, list(list(level = level, lower = test$conf.int[1],
        upper = test$conf.int[2], coverage = 1 - 2 * pwilcox(q - 1, length(x), length(y)))))
    }
  }
  out
}

set.seed(77)
continuous <- function(m, n) ranks(round(rnorm(m, 0.4), 6), round(rnorm(n), 6), "exact")
tied <- function(m, n, top, method) ranks(sample(0:top, m, TRUE), sample(0:top, n, TRUE) - 1, method)

cat(toJSON(list(
  source = paste("t.test, lm, wilcox.test, anova;", R.version.string, "coin", packageVersion("coin"),
    "sandwich", packageVersion("sandwich")),
  proportions = list(
    five = proportions(1, c(5, 5), 40, 0.5), unbalanced = proportions(2, c(12, 7), 60, 0.8),
    three = proportions(3, c(3, 4), 15, 0.4), many = proportions(6, c(40, 33), 12, 0.9),
    large = proportions(5, c(25, 30), 400, 0.3)
  ),
  ranks = list(
    continuous(5, 5), continuous(3, 4), continuous(8, 13), continuous(2, 9), continuous(30, 22), continuous(1, 24),
    continuous(49, 49), tied(6, 6, 5, "exact"), tied(9, 14, 6, "exact"), tied(14, 9, 3, "exact"),
    tied(25, 30, 12, "exact"), tied(2, 3, 2, "exact"), tied(30, 40, 12, "normal"), tied(30, 40, 12, "plain"),
    ranks(round(rnorm(60), 5), round(rnorm(55, 0.3), 5), "normal"), ranks(c(1, 2, 3, 9), c(0, 4, 5, 6, 7), "plain"),
    ranks(c(1, 4), c(2, 3), "normal")
  )
), auto_unbox = TRUE, digits = NA))

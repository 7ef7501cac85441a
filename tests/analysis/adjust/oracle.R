# Reference numbers for covariate adjustment. R 4.2.2, estimatr. Rscript oracle.R > reference.json
suppressMessages({
  library(jsonlite)
  library(estimatr)
})

types <- c("classical", "HC0", "HC1", "HC2", "HC3")

row_of <- function(fit, name = "arm") {
  list(estimate = fit$coefficients[[name]], standardError = fit$std.error[[name]],
    degreesOfFreedom = fit$df[[name]], pValue = fit$p.value[[name]],
    lower = fit$conf.low[[name]], upper = fit$conf.high[[name]])
}

by_type <- function(f) sapply(types, function(type) row_of(f(type)), simplify = FALSE)

regressions <- function(d, covariates, weights = NULL) {
  d$w <- if (is.null(weights)) 1 else weights
  sides <- paste(covariates, collapse = " + ")
  plain <- as.formula(paste("y ~ arm +", sides))
  # Centring changes nothing but the digits that R keeps.
  centred <- d
  centred[covariates] <- scale(d[covariates], scale = FALSE)
  if (is.null(weights)) {
    list(
      units = d,
      lin = by_type(function(type) lm_lin(y ~ arm, as.formula(paste("~", sides)), d, se_type = type)),
      ancova = by_type(function(type) lm_robust(plain, centred, se_type = type)),
      unadjusted = by_type(function(type) lm_robust(y ~ arm, d, se_type = type))
    )
  } else {
    list(
      units = d,
      lin = by_type(function(type) lm_lin(y ~ arm, as.formula(paste("~", sides)), d, weights = w, se_type = type)),
      ancova = by_type(function(type) lm_robust(plain, centred, weights = w, se_type = type)),
      unadjusted = by_type(function(type) lm_robust(y ~ arm, d, weights = w, se_type = type))
    )
  }
}

draw <- function(seed, n, share, covariates, offset = 0) {
  set.seed(seed)
  d <- data.frame(arm = as.integer(runif(n) < share))
  for (j in seq_len(covariates)) d[[paste0("x", j)]] <- round(offset + rnorm(n, 10 * j, 2 * j), 3)
  x <- as.matrix(d[-1])
  d$y <- round(5 + rowSums(x) * (0.3 + 0.2 * d$arm) + d$arm + rnorm(n, 0, 1 + d$arm * 2), 3)
  d
}

cuped_numbers <- function(d, slope) {
  if (slope == "overall") {
    theta <- cov(d$y, d$x) / var(d$x)
    r2 <- cor(d$y, d$x)^2
  } else {
    fit <- lm(y ~ factor(arm) + x, d)
    theta <- coef(fit)[["x"]]
    r2 <- cor(resid(lm(y ~ factor(arm), d)), resid(lm(x ~ factor(arm), d)))^2
  }
  numbers <- function(v) {
    t <- t.test(v[d$arm == 1], v[d$arm == 0])
    list(estimate = unname(t$estimate[1] - t$estimate[2]), standardError = t$stderr,
      degreesOfFreedom = unname(t$parameter), pValue = t$p.value, lower = t$conf.int[1], upper = t$conf.int[2])
  }
  list(theta = theta, squaredCorrelation = r2, adjusted = numbers(d$y - theta * d$x), unadjusted = numbers(d$y))
}

practices <- function(seed, k, size) {
  set.seed(seed)
  one <- function(k, rr) {
    level <- rgamma(k, 6, 6)
    days <- round(rgamma(k, 3, 3 / size) + 5)
    before <- round(rgamma(k, 3, 3 / size) + 5)
    data.frame(numerator = rpois(k, 0.3 * rr * level * days), denominator = days,
      baselineNumerator = rpois(k, 0.3 * level * before), baselineDenominator = before)
  }
  rbind(cbind(arm = 1, one(k[1], 0.7)), cbind(arm = 0, one(k[2], 1)))
}

# Linearised by hand; MD and KC by each unit's share of the two denominators and of the slope.
ratio_cuped <- function(d, scale, correction) {
  side <- function(d) {
    k <- nrow(d)
    r <- sum(d$numerator) / sum(d$denominator)
    rb <- sum(d$baselineNumerator) / sum(d$baselineDenominator)
    unit <- if (scale == "logRatio") c(r, rb) else c(1, 1)
    dv <- (d$numerator - r * d$denominator) / mean(d$denominator) / unit[1]
    xv <- (d$baselineNumerator - rb * d$baselineDenominator) / mean(d$baselineDenominator) / unit[2]
    list(k = k, d = dv, x = xv, h = d$denominator / sum(d$denominator),
      hb = d$baselineDenominator / sum(d$baselineDenominator),
      value = if (scale == "logRatio") log(c(r, rb)) else c(r, rb))
  }
  a <- side(d[d$arm == 1, ])
  b <- side(d[d$arm == 0, ])
  theta <- coef(lm(c(a$d, b$d) ~ 0 + c(a$x, b$x)))[[1]]
  xx <- sum(a$x^2, b$x^2)
  variance <- function(s) {
    lev <- s$x^2 / xx
    power <- c(CR0 = 0, delta = 0, KC = 0.5, MD = 1)[[correction]]
    e <- s$d / (1 - s$h)^power - theta * s$x / (1 - s$hb)^power
    factor <- if (correction == "delta") s$k / (s$k - 1) else 1
    factor * sum(e^2 / (1 - lev)^(2 * power)) / s$k^2
  }
  est <- a$value[1] - theta * a$value[2] - b$value[1] + theta * b$value[2]
  se <- sqrt(variance(a) + variance(b))
  df <- a$k + b$k - 3
  ends <- est + c(-1, 1) * qt(0.975, df) * se
  back <- if (scale == "logRatio") exp else identity
  list(theta = theta, adjusted = list(estimate = back(est), standardError = se, degreesOfFreedom = df,
    pValue = 2 * pt(-abs(est / se), df), lower = back(ends[1]), upper = back(ends[2])))
}

log_rates <- function(d, continuity) {
  d$y <- log((d$numerator + continuity) / d$denominator)
  d$x <- log((d$baselineNumerator + continuity) / d$baselineDenominator)
  d$w <- d$denominator
  list(
    HC2 = row_of(lm_robust(y ~ arm + x, d, se_type = "HC2")),
    classical = row_of(lm_robust(y ~ arm + x, d, se_type = "classical")),
    exposureHC3 = row_of(lm_robust(y ~ arm + x, d, weights = w, se_type = "HC3")),
    interacted = row_of(lm_lin(y ~ arm, ~x, d, se_type = "HC2")),
    unadjusted = row_of(lm_robust(y ~ arm, d, se_type = "HC2"))
  )
}

of_practices <- function(d, continuity) {
  ways <- expand.grid(scale = c("difference", "logRatio"), correction = c("CR0", "delta", "KC", "MD"),
    stringsAsFactors = FALSE)
  list(units = d, continuity = continuity, logRates = log_rates(d, continuity),
    ratioCuped = Map(function(scale, correction) c(list(scale = scale, correction = correction),
      ratio_cuped(d, scale, correction)), ways$scale, ways$correction, USE.NAMES = FALSE))
}

patients <- fromJSON("patients.json")
patients <- data.frame(arm = as.integer(patients$arm == "B"), y = patients$alerts,
  x1 = patients$baseline_alerts, x2 = patients$days)
set.seed(5)
pairs <- function(seed, n) {
  d <- draw(seed, n, 0.4, 1)
  data.frame(arm = d$arm, x = d$x1, y = d$y)
}
small <- draw(3, 12, 0.5, 1)
weighted <- draw(4, 40, 0.3, 2)

cat(toJSON(list(
  source = paste(R.version.string, "estimatr", packageVersion("estimatr")),
  regressions = list(
    patients = regressions(patients, c("x1", "x2")),
    one = regressions(draw(1, 30, 0.5, 1), "x1"),
    three = regressions(draw(2, 80, 0.3, 3), paste0("x", 1:3)),
    small = regressions(small, "x1"),
    far = regressions(draw(8, 50, 0.5, 2, offset = 1e6), c("x1", "x2")),
    weighted = regressions(weighted, c("x1", "x2"), round(runif(40, 1, 30), 1))
  ),
  cuped = lapply(list(pairs(11, 20), pairs(12, 200), pairs(13, 7)), function(d) list(units = d,
    overall = cuped_numbers(d, "overall"), within = cuped_numbers(d, "within"))),
  practices = list(
    even = of_practices(practices(21, c(8, 8), 300), 0),
    uneven = of_practices(practices(22, c(15, 6), 120), 0),
    zeros = of_practices(practices(23, c(10, 12), 8), 0.5)
  )
), auto_unbox = TRUE, digits = NA))

# Reference numbers for intraclass correlations, design effects and rate variation.
# R 4.2.2, lme4, geepack (only for the data set ohio). Rscript oracle.R > reference.json
suppressMessages({
  library(jsonlite)
  library(lme4)
})

closed_form <- function(msb, msw, sizes, arm, level) {
  k <- length(sizes)
  arms <- length(unique(arm))
  total <- sum(sizes)
  within_arm <- function(f) sum(tapply(sizes, arm, f))
  m0 <- (total - within_arm(function(n) sum(n^2) / sum(n))) / (k - arms)
  rho <- (msb - msw) / (msb + (m0 - 1) * msw)
  unequal <- within_arm(function(n) sum(n^2) - 2 * sum(n^3) / sum(n) + sum(n^2)^2 / sum(n)^2)
  smith <- sqrt(2 * (1 - rho)^2 / m0^2 * ((1 + rho * (m0 - 1))^2 / (total - k) +
    ((k - arms) * (1 - rho) * (1 + rho * (2 * m0 - 1)) + rho^2 * unequal) / (k - arms)^2))
  f <- msb / msw / qf(c((1 + level) / 2, (1 - level) / 2), k - arms, total - k)
  searle <- (f - 1) / (f + m0 - 1)
  list(icc = rho, standardError = smith, lower = searle[1], upper = searle[2],
    meanSquareBetween = msb, meanSquareWithin = msw, averageSize = m0,
    clusters = k, observations = total)
}

# Mean squares by R's own analysis of variance of the single observations.
mean_squares <- function(y, cluster, arm) {
  cluster <- factor(cluster)
  fit <- if (length(unique(arm)) > 1) lm(y ~ factor(arm) + cluster) else lm(y ~ cluster)
  table <- anova(fit)
  c(table["cluster", "Mean Sq"], table["Residuals", "Mean Sq"])
}

describe <- function(y, cluster, arm, level = 0.95) {
  first <- !duplicated(cluster)
  arm_of <- arm[first]
  by_cluster <- split(y, factor(cluster, unique(cluster)))
  sizes <- lengths(by_cluster)
  ms <- mean_squares(y, cluster, arm)
  expected <- closed_form(ms[1], ms[2], sizes, arm_of, level)
  if (all(y %in% 0:1)) {
    p <- tapply(y, arm, mean)
    weight <- tapply(sizes, arm_of, sum) - table(arm_of)
    expected$fleissCuzick <- 1 - (sum(sizes) - length(sizes)) * ms[2] / sum(weight * p * (1 - p))
  }
  clusters <- Map(function(values, a) {
    list(arm = a, n = length(values), sum = sum(values), mean = mean(values),
      variance = if (length(values) > 1) var(values) else 0)
  }, by_cluster, arm_of)
  list(level = level, clusters = unname(clusters), expected = expected)
}

draw <- function(seed, sizes, arms, binary, spread) {
  set.seed(seed)
  cluster <- rep(seq_along(sizes), sizes)
  arm <- rep(rep_len(seq_len(arms), length(sizes)), sizes)
  effect <- rnorm(length(sizes), 0, spread)[cluster]
  y <- if (binary) rbinom(length(cluster), 1, plogis(-0.7 + 0.4 * arm + effect)) else
    round(50 + 3 * arm + 4 * effect + rnorm(length(cluster), 0, 4), 2)
  describe(y, cluster, arm, if (seed %% 2) 0.95 else 0.9)
}

set.seed(9)
sizes <- list(
  small = c(3, 7, 5, 12), unbalanced = c(1, 2, 40, 6, 9, 1, 25, 14, 3, 60),
  many = rpois(60, 9) + 1, equal = rep(8, 12)
)
data("ohio", package = "geepack")
set.seed(3)
balanced <- data.frame(cluster = rep(1:15, each = 6))
balanced$y <- round(20 + rnorm(15, 0, 3)[balanced$cluster] + rnorm(90, 0, 5), 2)
fit <- lmer(y ~ 1 + (1 | cluster), balanced,
  control = lmerControl(optCtrl = list(ftol_abs = 1e-16, xtol_abs = 1e-16)))
vc <- as.data.frame(VarCorr(fit))$vcov

rates <- function(seed, k, scale) {
  set.seed(seed)
  e <- round(rgamma(k, 2, 2 / scale) + 1, 1)
  y <- rpois(k, 0.3 * e * rgamma(k, 4, 4))
  r <- y / e
  list(y = y, e = e, kappaSquared = (var(r) - mean(r) * mean(1 / e)) / mean(r)^2,
    observedVariance = var(r), meanRate = mean(r))
}

cat(toJSON(list(
  source = paste("anova(lm()) mean squares; closed forms of Donner & Klar 2000, Smith 1957, Searle 1971;", R.version.string),
  proportions = list(
    small = draw(1, sizes$small, 1, TRUE, 0.8), unbalanced = draw(2, sizes$unbalanced, 2, TRUE, 1),
    many = draw(3, sizes$many, 2, TRUE, 0.5), three_arms = draw(4, sizes$many, 3, TRUE, 0.7),
    negative = draw(20, sizes$equal, 2, TRUE, 0)
  ),
  # Clusters of four by their successes, from none to four.
  ohio = list(counts = as.vector(table(tapply(ohio$resp, ohio$id, sum))),
    expected = describe(ohio$resp, ohio$id, rep(1, nrow(ohio)))$expected),
  means = list(
    small = draw(11, sizes$small, 1, FALSE, 1), unbalanced = draw(12, sizes$unbalanced, 2, FALSE, 1),
    many = draw(13, sizes$many, 3, FALSE, 0.5), equal = draw(14, sizes$equal, 1, FALSE, 0)
  ),
  lme4 = c(describe(balanced$y, balanced$cluster, rep(1, 90)), list(icc = vc[1] / sum(vc))),
  rates = list(rates(21, 6, 40), rates(22, 25, 200), rates(23, 12, 5))
), auto_unbox = TRUE, digits = NA))

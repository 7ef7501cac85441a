# Reference numbers for the tests beside this file: Rscript oracle.R > reference.json
# Tests and exact intervals are those of base R. Score intervals, which base R does not have, are found
# here by uniroot on statistics whose restricted proportions are found by uniroot on the likelihood
# equation, so that no closed form is shared with the code under test.
options(digits = 17)
library(jsonlite)
root <- function(f, lower, upper) uniroot(f, c(lower, upper), tol = 1e-16, maxiter = 5000)$root
levels <- c(.8, .95, .99)

one <- function(x, n, level) {
  z <- qnorm((1 + level) / 2)
  a <- (1 - level) / 2
  centre <- (x + z^2 / 2) / (n + z^2)
  half <- z * sqrt(centre * (1 - centre) / (n + z^2))
  list(
    successes = x, n = n, level = level,
    wilson = suppressWarnings(prop.test(x, n, correct = FALSE, conf.level = level))$conf.int[1:2],
    clopperPearson = binom.test(x, n, conf.level = level)$conf.int[1:2],
    jeffreys = c(if (x == 0) 0 else qbeta(a, x + .5, n - x + .5),
                 if (x == n) 1 else qbeta(1 - a, x + .5, n - x + .5)),
    agrestiCoull = c(max(0, centre - half), min(1, centre + half)),
    wald = x / n + c(-1, 1) * z * sqrt(x / n * (1 - x / n) / n))
}
singles <- list(c(0, 10), c(1, 1), c(0, 1), c(3, 17), c(56, 70), c(17, 17), c(821, 1741), c(1, 1e5),
                c(249999, 250000), c(31907, 323155))
proportions <- unlist(lapply(singles, function(s) lapply(levels, function(l) one(s[1], s[2], l))), FALSE)

# The p2 that maximises the likelihood along a curve p1(p2) with slope d1(p2), p2 between `from` and `to`.
restricted <- function(x1, n1, x2, n2, p1, d1, from, to) {
  term <- function(count, p) if (count == 0) 0 else count / max(p, 1e-300)
  slope <- function(p2) {
    p <- p1(p2)
    term(x2, p2) - term(n2 - x2, 1 - p2) + d1(p2) * (term(x1, p) - term(n1 - x1, 1 - p))
  }
  low <- from + (to - from) * 1e-14
  high <- to - (to - from) * 1e-14
  if (slope(low) <= 0) return(from)
  if (slope(high) >= 0) return(to)
  root(slope, low, high)
}
zdiff <- function(x1, n1, x2, n2, d, corrected) {
  p2 <- restricted(x1, n1, x2, n2, function(p) p + d, function(p) 1, max(0, -d), min(1, 1 - d))
  p1 <- p2 + d
  v <- (p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2) * if (corrected) (n1 + n2) / (n1 + n2 - 1) else 1
  (x1 / n1 - x2 / n2 - d) / sqrt(v)
}
zratio <- function(x1, n1, x2, n2, r, corrected) {
  p2 <- restricted(x1, n1, x2, n2, function(p) r * p, function(p) r, 0, min(1, 1 / r))
  p1 <- r * p2
  v <- (p1 * (1 - p1) / n1 + r^2 * p2 * (1 - p2) / n2) * if (corrected) (n1 + n2) / (n1 + n2 - 1) else 1
  (x1 / n1 - r * x2 / n2) / sqrt(v)
}
zodds <- function(x1, n1, x2, n2, o, corrected) {
  p1 <- function(p) o * p / (1 + (o - 1) * p)
  p2 <- restricted(x1, n1, x2, n2, p1, function(p) o / (1 + (o - 1) * p)^2, 0, 1)
  p <- p1(p2)
  v <- 1 / (1 / (n1 * p * (1 - p)) + 1 / (n2 * p2 * (1 - p2)))
  (x1 - n1 * p) / sqrt(v * if (corrected) (n1 + n2) / (n1 + n2 - 1) else 1)
}
# The two crossings of a decreasing z with the critical values, on either side of the estimate.
limits <- function(z, estimate, from, to, critical) {
  # A hair from the ends and from an estimate without variance, where z is 0 / 0.
  eps <- 1e-8
  at <- min(to - eps, max(from + eps, estimate))
  gap <- if (is.nan(z(at))) eps else 0
  c(if (estimate <= from) from else root(function(d) atan(z(d)) - atan(critical), from + eps, at - gap),
    if (estimate >= to) to else root(function(d) atan(z(d)) + atan(critical), at + gap, to - eps))
}
# Ratios are sought on the log scale between e^-10 and e^10.
logLimits <- function(z, estimate, critical) {
  out <- limits(function(t) z(exp(t)), log(estimate), -10, 10, critical)
  c(if (estimate == 0) 0 else exp(out[1]), if (estimate == Inf) Inf else exp(out[2]))
}
two <- function(x1, n1, x2, n2, level) {
  critical <- qnorm((1 + level) / 2)
  args <- list(x1, n1, x2, n2)
  p1 <- x1 / n1
  p2 <- x2 / n2
  table <- rbind(c(x1, n1 - x1), c(x2, n2 - x2))
  d <- p1 - p2
  score <- function(z, corrected) function(v) do.call(z, c(args, v, corrected))
  w1 <- suppressWarnings(prop.test(x1, n1, correct = FALSE, conf.level = level))$conf.int
  w2 <- suppressWarnings(prop.test(x2, n2, correct = FALSE, conf.level = level))$conf.int
  chi <- suppressWarnings(chisq.test(table, correct = FALSE))
  odds <- (x1 * (n2 - x2)) / (x2 * (n1 - x1))
  mixed <- x1 + x2 > 0 && x1 + x2 < n1 + n2
  seRatio <- sqrt(1 / x1 - 1 / n1 + 1 / x2 - 1 / n2)
  seOdds <- sqrt(sum(1 / table))
  side <- function(alternative, correct = FALSE)
    suppressWarnings(prop.test(c(x1, x2), c(n1, n2), alternative = alternative, correct = correct))$p.value
  list(
    arm = list(successes = x1, n = n1), control = list(successes = x2, n = n2), level = level,
    difference = d,
    miettinenNurminen = limits(score(zdiff, TRUE), d, -1, 1, critical),
    mee = limits(score(zdiff, FALSE), d, -1, 1, critical),
    newcombe = d + c(-1, 1) * sqrt(c((p1 - w1[1])^2 + (w2[2] - p2)^2, (w1[2] - p1)^2 + (p2 - w2[1])^2)),
    wald = d + c(-1, 1) * critical * sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2),
    chiSquared = chi$statistic[[1]], pChiSquared = chi$p.value,
    smallestExpected = min(chi$expected),
    yates = suppressWarnings(chisq.test(table))$statistic[[1]],
    pYates = suppressWarnings(chisq.test(table))$p.value,
    pLess = side("less"), pGreater = side("greater"), pYatesLess = side("less", TRUE),
    pCorrected = if (mixed) 2 * pnorm(-abs(zdiff(x1, n1, x2, n2, 0, TRUE))) else 1,
    pFisher = fisher.test(table)$p.value,
    pFisherLess = fisher.test(table, alternative = "less")$p.value,
    pFisherGreater = fisher.test(table, alternative = "greater")$p.value,
    ratio = p1 / p2,
    ratioMN = if (x1 + x2 > 0) logLimits(score(zratio, TRUE), p1 / p2, critical),
    ratioKoopman = if (x1 + x2 > 0) logLimits(score(zratio, FALSE), p1 / p2, critical),
    ratioWald = p1 / p2 * exp(c(-1, 1) * critical * seRatio),
    pRatioWald = 2 * pnorm(-abs(log(p1 / p2) / seRatio)),
    odds = odds,
    oddsMN = if (mixed) logLimits(score(zodds, TRUE), odds, critical),
    oddsScore = if (mixed) logLimits(score(zodds, FALSE), odds, critical),
    oddsWald = odds * exp(c(-1, 1) * critical * seOdds),
    pOddsWald = 2 * pnorm(-abs(log(odds) / seOdds)))
}
tables <- list(c(56, 70, 48, 80), c(9, 10, 3, 10), c(6, 7, 2, 7), c(5, 56, 0, 29), c(0, 10, 0, 20),
               c(0, 10, 0, 10), c(10, 10, 0, 20), c(10, 10, 0, 10), c(1, 1, 0, 1), c(0, 1, 1, 1),
               c(10, 10, 20, 20), c(7, 25, 7, 25), c(0, 29, 5, 56), c(10, 10, 15, 20), c(653, 3059, 622, 2971),
               c(266, 320, 273, 303), c(111, 194, 20, 148), c(3, 8, 200, 900), c(12, 1e5, 30, 1.2e5),
               c(49990, 50000, 9999, 10000), c(2, 3, 1, 4))
comparisons <- unlist(lapply(tables, function(t)
  lapply(levels, function(l) two(t[1], t[2], t[3], t[4], l))), FALSE)

binomials <- apply(expand.grid(set = 1:9, alternative = c("two.sided", "less", "greater"),
                               stringsAsFactors = FALSE), 1, function(row) {
  set <- list(c(7, 20, .3), c(0, 12, .25), c(12, 12, .9), c(5, 10, .5), c(4, 9, .5), c(821, 1741, .5),
              c(3, 1e5, 1e-4), c(0, 8, 0), c(682, 925, .75))[[as.integer(row[[1]])]]
  t <- binom.test(set[1], set[2], set[3], row[[2]], conf.level = .9)
  list(successes = set[1], n = set[2], probability = set[3], alternative = row[[2]], level = .9,
       p = t$p.value, interval = t$conf.int[1:2])
})
rates <- lapply(list(c(0, 12.5), c(1, 3), c(23, 310), c(31907, 323155)), function(s) {
  t <- poisson.test(s[1], s[2], conf.level = .9)
  list(events = s[1], exposure = s[2], level = .9, interval = t$conf.int[1:2])
})
ratios <- apply(expand.grid(set = 1:8, alternative = c("two.sided", "less", "greater"),
                            stringsAsFactors = FALSE), 1, function(row) {
  set <- list(c(23, 310, 41, 295, 1), c(0, 50, 6, 40, 1), c(6, 40, 0, 50, 1), c(10, 20, 10, 20, 1),
              c(3, 100, 17, 90, .5), c(31907, 323155, 27923, 259520, 1), c(1, 7.5, 1, 2.25, 2),
              c(120, 1000, 95, 1100, 1.25))[[as.integer(row[[1]])]]
  t <- poisson.test(set[c(1, 3)], set[c(2, 4)], set[5], row[[2]], conf.level = .99)
  list(arm = list(events = set[1], exposure = set[2]), control = list(events = set[3], exposure = set[4]),
       ratio = set[5], alternative = row[[2]], level = .99, estimate = t$estimate[[1]], p = t$p.value,
       interval = t$conf.int[1:2])
})
cat(toJSON(list(source = paste(R.version.string, "oracle.R"), proportions = proportions,
                comparisons = comparisons, binomials = binomials, rates = rates, ratios = ratios),
           digits = NA, auto_unbox = TRUE, null = "null", na = "string"))

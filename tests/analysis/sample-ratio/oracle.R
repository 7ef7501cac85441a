# Rscript oracle.R > reference.json     (R 4.2.2, stats, jsonlite)
library(jsonlite)

exact <- function(x, p) { # every outcome no likelier than x, ties within 1e-7
  p <- p / sum(p); n <- sum(x); k <- length(x)
  grid <- as.matrix(expand.grid(rep(list(0:n), k - 1)))
  grid <- grid[rowSums(grid) <= n, , drop = FALSE]
  grid <- cbind(grid, n - rowSums(grid))
  d <- apply(grid, 1, dmultinom, prob = p)
  sum(d[d <= dmultinom(x, prob = p) * (1 + 1e-7)])
}
bayes <- function(x, p, c) {
  p <- p / sum(p); n <- sum(x)
  lgamma(c) - sum(lgamma(c * p)) + sum(lgamma(c * p + x)) - lgamma(c + n) - sum(x * log(p))
}

two <- list(list(821, 920, 1, 1), list(0, 9, 1, 1), list(7, 7, 1, 1), list(7, 8, 1, 1), list(3, 30, 1, 3),
  list(200, 100, 2, 1), list(15100, 14800, 1, 1), list(60, 5, 9, 1), list(1, 0, 1, 4), list(0, 1, 1, 4), list(0, 12, 1, 9),
  list(260000, 257000, 1, 1))
several <- list(list(c(12, 3, 9), c(1, 1, 1)), list(c(5, 0, 1), c(1, 1, 1)), list(c(10, 10, 10), c(1, 1, 98)),
  list(c(40, 25, 35), c(2, 1, 1)), list(c(8, 8, 8), c(1, 1, 1)), list(c(9, 4, 6, 11), c(1, 1, 1, 2)),
  list(c(150, 120, 130), c(1, 1, 1)), list(c(2, 2, 1, 0, 7), c(1, 2, 1, 1, 1)))
looks <- list(
  list(increments = list(c(12, 9), c(20, 31), c(0, 0), c(55, 90), c(60, 58)), weights = c(1, 1)),
  list(increments = list(c(5, 6, 4), c(30, 41, 80), c(3, 2, 9)), weights = c(1, 1, 2)),
  list(increments = list(c(1000, 900), c(1100, 900)), weights = c(1, 1)))

set.seed(11)
sizes <- list(list(c(14, 22, 9, 31, 17), c(12, 40, 28, 19, 33, 25)),
  list(round(rlnorm(12, 3, .7)), round(rlnorm(11, 3.6, .4))), list(c(3, 5), c(9, 2, 4)))

cat(toJSON(list(
  two = lapply(two, function(a) { x <- c(a[[1]], a[[2]]); w <- c(a[[3]], a[[4]])
    list(counts = x, weights = w, chi2 = unname(suppressWarnings(chisq.test(x, p = w / sum(w))$statistic)),
      chi2_p = suppressWarnings(chisq.test(x, p = w / sum(w))$p.value),
      p = binom.test(x[1], sum(x), w[1] / sum(w))$p.value) }),
  several = lapply(several, function(a) {
    t <- suppressWarnings(chisq.test(a[[1]], p = a[[2]] / sum(a[[2]])))
    list(counts = a[[1]], weights = a[[2]], chi2 = unname(t$statistic), chi2_p = t$p.value, p = exact(a[[1]], a[[2]])) }),
  sequential = unlist(lapply(looks, function(l) lapply(c(10, 100, 10000), function(c) {
    totals <- Reduce(`+`, l$increments, accumulate = TRUE)
    log_bf <- sapply(totals, bayes, p = l$weights, c = c)
    list(increments = l$increments, weights = l$weights, concentration = c, log_bf = log_bf,
      p = pmin(1, cummin(exp(-log_bf)))) })), recursive = FALSE),
  sizes = lapply(sizes, function(s) { t <- t.test(s[[1]], s[[2]])
    list(arm = s[[1]], control = s[[2]], difference = unname(t$estimate[1] - t$estimate[2]), se = t$stderr,
      df = unname(t$parameter), lower = t$conf.int[1], upper = t$conf.int[2], t = unname(t$statistic), p = t$p.value,
      lower90 = t.test(s[[1]], s[[2]], conf.level = .9)$conf.int[1]) })
), digits = NA, auto_unbox = TRUE))

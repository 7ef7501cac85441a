# Reference numbers for the tests beside this file: Rscript oracle.R > reference.json
# Fieller's limits are found by uniroot on his statistic, and score limits by uniroot on a statistic whose
# restricted proportions are found by uniroot on the likelihood equation, not by their closed forms.
options(digits = 17)
library(jsonlite)
root <- function(f, lower, upper) uniroot(f, c(lower, upper), tol = 1e-16, maxiter = 5000)$root

differences <- apply(expand.grid(set = 1:4, better = c("higher", "lower"), stringsAsFactors = FALSE), 1,
                     function(row) {
  set <- list(c(-.012, .018, 22, .05, .025), c(.4, .11, 6.5, .2, .05), c(-3, 1.25, Inf, 2, .025),
              c(0, .5, 1, .75, .1))[[as.integer(row[[1]])]]
  s <- if (row[[2]] == "higher") 1 else -1
  t <- (s * set[1] + set[4]) / set[2]
  list(estimate = set[1], standardError = set[2], degreesOfFreedom = set[3], margin = set[4], alpha = set[5],
       better = row[[2]], statistic = t, p = pt(t, set[3], lower.tail = FALSE),
       bound = set[1] - s * qt(1 - set[5], set[3]) * set[2],
       pSuperiority = pt(s * set[1] / set[2], set[3], lower.tail = FALSE))
})

equivalences <- lapply(list(c(.03, .06, 40, log(.8), log(1.25), .05), c(.1, .02, 9, -.05, .12, .025),
                            c(-2, .4, Inf, -3, 1, .1)), function(s) {
  p <- c(pt((s[1] - s[4]) / s[2], s[3], lower.tail = FALSE), pt((s[1] - s[5]) / s[2], s[3]))
  list(estimate = s[1], standardError = s[2], degreesOfFreedom = s[3], lower = s[4], upper = s[5],
       alpha = s[6], p = p, interval = s[1] + c(-1, 1) * qt(1 - s[6], s[3]) * s[2])
})

statistic <- function(s, m) (s[1] - m * s[3]) / sqrt(s[2]^2 + m^2 * s[4]^2)
ratios <- unlist(lapply(list(c(.131901840490798, .0166086700915205, .287246722288439, .0602746651134733, 8),
                             c(4.2, .31, 3.9, .44, 30), c(0, .2, 1, .1, 12), c(.9, .05, 1, 0, 5),
                             c(2.5, 0, 2, .3, Inf)), function(s)
  lapply(c(.95, .9), function(level) {
    t <- qt((1 + level) / 2, s[5])
    estimate <- s[1] / s[3]
    lower <- root(function(m) statistic(s, m) - t, estimate - 5, estimate)
    upper <- root(function(m) statistic(s, m) + t, estimate, estimate + 20)
    p <- function(m, s1) pt(s1 * statistic(s, m), s[5], lower.tail = FALSE)
    list(arm = list(estimate = s[1], standardError = s[2]), control = list(estimate = s[3], standardError = s[4]),
         degreesOfFreedom = s[5], level = level, estimate = estimate, interval = c(lower, upper),
         pHigher = p(.8, 1), pLower = p(1.25, -1), pSuperiorHigher = p(1, 1), pSuperiorLower = p(1, -1),
         statisticHigher = statistic(s, .8), statisticLower = -statistic(s, 1.25))
  })), FALSE)

restricted <- function(x1, n1, x2, n2, d) {
  term <- function(count, p) if (count == 0) 0 else count / max(p, 1e-300)
  slope <- function(p2) term(x2, p2) - term(n2 - x2, 1 - p2) + term(x1, p2 + d) - term(n1 - x1, 1 - p2 - d)
  from <- max(0, -d)
  to <- min(1, 1 - d)
  low <- from + (to - from) * 1e-14
  high <- to - (to - from) * 1e-14
  if (slope(low) <= 0) from else if (slope(high) >= 0) to else root(slope, low, high)
}
z <- function(x1, n1, x2, n2, d, corrected) {
  p2 <- restricted(x1, n1, x2, n2, d)
  p1 <- p2 + d
  v <- (p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2) * if (corrected) (n1 + n2) / (n1 + n2 - 1) else 1
  (x1 / n1 - x2 / n2 - d) / sqrt(v)
}
proportions <- apply(expand.grid(set = 1:5, better = c("higher", "lower"), corrected = c(TRUE, FALSE),
                                 stringsAsFactors = FALSE), 1, function(row) {
  set <- list(c(56, 70, 48, 80, .1, .025), c(83, 100, 84, 95, .1, .05), c(0, 30, 0, 25, .15, .025),
              c(653, 3059, 622, 2971, .02, .025), c(9, 9, 4, 5, .3, .1))[[as.integer(row[[1]])]]
  s <- if (row[[2]] == "higher") 1 else -1
  corrected <- as.logical(row[[3]])
  at <- function(d) z(set[1], set[2], set[3], set[4], d, corrected)
  estimate <- set[1] / set[2] - set[3] / set[4]
  target <- s * qnorm(1 - set[6])
  f <- function(d) atan(at(d)) - atan(target)
  gap <- if (is.nan(at(estimate))) 1e-9 else 0
  bound <- if (s > 0) root(f, -1 + 1e-9, estimate - gap) else root(f, estimate + gap, 1 - 1e-9)
  null <- if (is.nan(at(0))) 0 else at(0)
  list(arm = list(successes = set[1], n = set[2]), control = list(successes = set[3], n = set[4]),
       margin = set[5], alpha = set[6], better = row[[2]],
       method = if (corrected) "miettinen-nurminen" else "farrington-manning",
       statistic = s * at(-s * set[5]), p = pnorm(s * at(-s * set[5]), lower.tail = FALSE), bound = bound,
       pSuperiority = pnorm(s * null, lower.tail = FALSE))
})
cat(toJSON(list(source = paste(R.version.string, "oracle.R"), differences = differences,
                equivalences = equivalences, ratios = ratios, proportions = proportions),
           digits = NA, auto_unbox = TRUE))

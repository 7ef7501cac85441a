# Reference numbers by going through every assignment in R, and by R's own exact permutation tests.
# Rscript oracle.R > reference.json   (R 4.2.2, coin 1.4-2, exactRankTests 0.8-35, jsonlite)
suppressMessages({library(jsonlite); library(coin)})
suppressWarnings(suppressMessages(library(exactRankTests)))
set.seed(20261020, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")

arm <- function(y, e, kind, c0) {
  if (kind == "meanDifference") { y <- y / e; e <- rep(1, length(y)) }
  if (kind == "meanLogRatio") { y <- log((y + c0) / e); e <- rep(1, length(y)) }
  k <- length(y); r <- sum(y) / sum(e)
  v <- k / (k - 1) * sum((y - r * e)^2) / sum(e)^2
  if (kind == "logRatio") c(log(r), v / r^2) else c(r, v)
}
statistic <- function(a, y, e, kind, stud = TRUE, c0 = 0) {
  use <- e > 0
  t <- a == 1 & use; u <- a == 0 & use
  least <- if (stud) 2 else 1
  if (sum(t) < least || sum(u) < least) return(NA)
  if (kind == "logRatio" && (sum(y[t]) <= 0 || sum(y[u]) <= 0)) return(NA)
  one <- arm(y[t], e[t], kind, c0); other <- arm(y[u], e[u], kind, c0)
  d <- one[1] - other[1]
  if (stud) d / sqrt(one[2] + other[2]) else d
}
complete <- function(n, k) { m <- combn(n, k); t(apply(m, 2, function(i) as.integer(seq_len(n) %in% i))) }
stratified <- function(a, s) {
  all <- list(a)
  for (l in unique(s)) {
    w <- which(s == l); part <- complete(length(w), sum(a[w]))
    all <- do.call(c, lapply(all, function(x) lapply(seq_len(nrow(part)), function(r) { x[w] <- part[r, ]; x })))
  }
  do.call(rbind, all)
}
hashed <- function(n) as.matrix(expand.grid(rep(list(0:1), n)))
pvalues <- function(all, w, a, y, e, kind, stud, c0 = 0) {
  o <- statistic(a, y, e, kind, stud, c0)
  t <- apply(all, 1, statistic, y = y, e = e, kind = kind, stud = stud, c0 = c0)
  ok <- !is.na(t); t <- t[ok]; w <- w[ok] / sum(w[ok]); f <- 1e-9 * max(1, abs(o))
  list(observed = o, pValue = sum(w[abs(t) >= abs(o) - f]), pLess = sum(w[t <= o + f]),
       pGreater = sum(w[t >= o - f]), draws = sum(ok))
}
shifted <- function(y, e, a, kind, delta, c0) {
  if (kind == "logRatio") ifelse(a == 1, y * exp(-delta), y)
  else if (kind == "difference") ifelse(a == 1, y - delta * e, y)
  else if (kind == "meanDifference") ifelse(a == 1, (y / e - delta) * e, y)
  else ifelse(a == 1, exp(log((y + c0) / e) - delta) * e - c0, y)
}
interval <- function(all, w, a, y, e, kind, stud, sides, level = .95, c0 = 0) {
  est <- { one <- arm(y[a == 1 & e > 0], e[a == 1 & e > 0], kind, c0)
           other <- arm(y[a == 0 & e > 0], e[a == 0 & e > 0], kind, c0); one - other }[1]
  p <- function(d, which) pvalues(all, w, a, shifted(y, e, a, kind, d, c0), e, kind, stud, c0)[[which]]
  alpha <- 1 - level
  end <- function(dir) {
    which <- if (sides == "two-sided") "pValue" else if (dir < 0) "pGreater" else "pLess"
    cut <- (if (sides == "equal-tailed") alpha / 2 else alpha) * (1 + 1e-9)
    inside <- est; step <- abs(statistic(a, y, e, kind, FALSE, c0)) / 4 + 1e-3
    outside <- est + dir * step
    while (p(outside, which) > cut) { inside <- outside; step <- step * 1.3; outside <- outside + dir * step }
    for (i in 1:45) { m <- (inside + outside) / 2; if (p(m, which) > cut) inside <- m else outside <- m }
    inside
  }
  list(estimate = est, lower = if (sides != "upper") end(-1), upper = if (sides != "lower") end(1))
}

cds <- fromJSON("../small-trial.json")$practices
small <- list(y = cds$alerts, e = cds$days, a = as.integer(cds$arm == "treatment"))
uneven <- list(y = c(0, 14, 3, 22, 41, 9, 5, 17, 60, 2, 31, 8),
               e = c(12, 40, 55, 61, 70, 33, 9, 48, 201, 17, 64, 29),
               a = c(1, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 0))
strata <- c("n", "n", "s", "s", "w", "w", "n", "n", "s", "s", "w", "w")
striped <- list(y = c(20, 34, 3, 22, 41, 19, 25, 37, 60, 12, 31, 18),
                e = c(32, 40, 55, 61, 70, 33, 59, 48, 201, 17, 64, 29),
                a = c(1, 0, 1, 0, 0, 1, 0, 1, 0, 0, 0, 1))
gap <- list(y = c(5, 9, 0, 14, 22, 7, 3, 11), e = c(10, 12, 0, 31, 20, 16, 14, 13), a = c(1, 0, 1, 1, 0, 1, 0, 0))
few <- list(y = c(3, 0, 8, 5, 1, 12, 0, 4, 6), e = c(10, 8, 15, 9, 12, 20, 6, 11, 7), a = c(0, 1, 1, 0, 1, 1, 1, 0, 1))
set.seed(7)
allocations <- complete(10, 5)[sort(sample(252, 60)), ]
allocations <- unique(rbind(allocations, small$a))
listWeights <- sample(1:4, nrow(allocations), replace = TRUE)

design <- list(
  small = list(d = small, all = complete(10, 5), w = rep(1, 252), procedure = list(kind = "complete")),
  uneven = list(d = uneven, all = complete(12, 5), w = rep(1, choose(12, 5)), procedure = list(kind = "complete")),
  striped = list(d = striped, all = stratified(striped$a, strata), w = NULL, procedure = list(kind = "stratified", strata = strata)),
  gap = list(d = gap, all = complete(8, 4), w = rep(1, 70), procedure = list(kind = "complete")),
  few = list(d = few, all = hashed(9), w = NULL, procedure = list(kind = "hashed", weights = c(1, 3))),
  listed = list(d = small, all = allocations, w = rep(1, nrow(allocations)), procedure = list(kind = "listed", allocations = allocations)),
  weighted = list(d = small, all = allocations, w = listWeights, procedure = list(kind = "listed", allocations = allocations, weights = listWeights)))
design$striped$w <- rep(1, nrow(design$striped$all))
design$few$w <- apply(design$few$all, 1, function(a) .75^sum(a) * .25^sum(1 - a))

tests <- list(); intervals <- list()
kinds <- c("logRatio", "difference", "meanDifference", "meanLogRatio")
for (n in names(design)) with(design[[n]], {
  for (kind in kinds) for (stud in c(TRUE, FALSE)) {
    c0 <- if (kind == "meanLogRatio") .5 else 0
    tests[[length(tests) + 1]] <<- c(list(design = n, statistic = kind, studentized = stud, continuity = c0),
      pvalues(all, w, d$a, d$y, d$e, kind, stud, c0))
  }
})
plan <- list(c("small", "logRatio", "two-sided", TRUE), c("small", "difference", "two-sided", TRUE),
  c("small", "logRatio", "equal-tailed", TRUE), c("small", "difference", "lower", TRUE), c("small", "logRatio", "upper", TRUE),
  c("uneven", "logRatio", "two-sided", TRUE), c("uneven", "difference", "equal-tailed", TRUE),
  c("uneven", "meanDifference", "two-sided", FALSE), c("uneven", "logRatio", "two-sided", FALSE),
  c("striped", "logRatio", "two-sided", TRUE), c("striped", "difference", "two-sided", FALSE),
  c("weighted", "logRatio", "upper", TRUE), c("listed", "meanLogRatio", "two-sided", TRUE))
for (x in plan) with(design[[x[1]]], {
  c0 <- if (x[2] == "meanLogRatio") .5 else 0
  intervals[[length(intervals) + 1]] <<- c(list(design = x[1], statistic = x[2], sides = x[3], studentized = as.logical(x[4]), continuity = c0),
    interval(all, w, d$a, d$y, d$e, x[2], as.logical(x[4]), x[3], c0 = c0))
})

# Three and four arms: every assignment, W by matrices, the largest |T| step by step.
orders <- function(counts) {
  if (sum(counts) == 0) return(matrix(0L, 1, 0))
  do.call(rbind, lapply(which(counts > 0), function(a) {
    rest <- counts; rest[a] <- rest[a] - 1
    m <- orders(rest); cbind(rep(a - 1L, nrow(m)), m)
  }))
}
several <- function(y, e, g, arms, kind, control, alternative) {
  all <- orders(as.integer(table(factor(g, 0:(arms - 1)))))
  stat <- function(a) {
    m <- sapply(0:(arms - 1), function(j) arm(y[a == j], e[a == j], kind, 0))
    if (any(!is.finite(m))) return(rep(NA, arms))
    others <- setdiff(seq_len(arms), control + 1)
    L <- matrix(0, arms - 1, arms); for (i in seq_along(others)) { L[i, others[i]] <- 1; L[i, control + 1] <- -1 }
    b <- L %*% m[1, ]; v <- L %*% diag(m[2, ]) %*% t(L)
    c(b / sqrt(diag(v)), t(b) %*% solve(v) %*% b)
  }
  o <- stat(g); all <- t(apply(all, 1, stat)); all <- all[!is.na(all[, 1]), ]; q <- arms - 1
  score <- function(t) switch(alternative, "two-sided" = abs(t), less = -t, greater = t)
  S <- score(all[, 1:q, drop = FALSE]); s <- score(o[1:q]); f <- 1e-9
  r <- order(-s); step <- numeric(q)
  for (j in seq_len(q)) step[r[j]] <- mean(apply(S[, r[j:q], drop = FALSE], 1, max) >= s[r[j]] - f)
  for (j in seq_len(q)[-1]) step[r[j]] <- max(step[r[j]], step[r[j - 1]])
  list(units = list(y = y, e = e, g = g), arms = arms, control = control, statistic = kind, alternative = alternative,
    observed = o[1:q], pValue = colMeans(S >= rep(s - f, each = nrow(S))), singleStep = sapply(s, function(x) mean(apply(S, 1, max) >= x - f)),
    stepDown = step, wald = o[q + 1], pWald = mean(all[, q + 1] >= o[q + 1] - f), draws = nrow(all))
}
g3 <- c(0, 1, 2, 0, 1, 2, 0, 1, 2, 0); y3 <- c(40, 21, 30, 55, 18, 31, 61, 30, 20, 70); e3 <- c(50, 51, 49, 60, 40, 70, 66, 52, 33, 71)
g4 <- c(3, 1, 2, 0, 1, 2, 0, 3); y4 <- c(12, 21, 30, 55, 18, 31, 61, 20); e4 <- c(50, 51, 49, 60, 40, 70, 66, 52)
arms <- list(several(y3, e3, g3, 3, "logRatio", 0, "two-sided"), several(y3, e3, g3, 3, "difference", 2, "greater"),
  several(y4, e4, g4, 4, "logRatio", 0, "less"), several(y4, e4, g4, 4, "difference", 1, "two-sided"))

# Residuals of a null model, as cvcrand::cptest forms them: cluster means, every listed allocation.
x <- c(1.2, .4, 2.2, .9, 1.5, .1, .8, 1.9, .3, 1.1)
fit <- glm(y ~ x + offset(log(e)), poisson, data = data.frame(y = small$y, e = small$e, x = x))
res <- small$y - fitted(fit)
residual <- function(v, stud) pvalues(allocations, rep(1, nrow(allocations)), small$a, v, rep(1, 10), "meanDifference", stud)
residuals <- list(residual = unname(res), size = small$e, treated = small$a, mean = residual(res / small$e, FALSE),
  sum = residual(res, FALSE), studentized = residual(res / small$e, TRUE))

# Exact two-sample tests.
exact <- function(x, y) {
  d <- data.frame(v = c(x, y), g = factor(rep(c("x", "y"), c(length(x), length(y)))))
  p <- function(alt) as.numeric(pvalue(oneway_test(v ~ g, d, distribution = "exact", alternative = alt)))
  whole <- all(d$v == round(d$v))
  list(x = x, y = y, pValue = p("two.sided"), pLess = p("less"), pGreater = p("greater"),
    permTest = if (whole) perm.test(x, y, exact = TRUE)$p.value)
}
set.seed(11)
permutation <- list(
  exact(c(3, 0, 2, 5, 1), c(4, 6, 9, 2, 7, 3)), exact(rpois(25, 3), rpois(12, 4)), exact(rnbinom(60, 1, mu = 5), rnbinom(40, 1, mu = 9)),
  exact(c(-3, 5, 2), c(0, -1, 4, 8)), exact(c(100, 2, 3), c(1, 1, 1, 2, 1000)), exact(rpois(9, 2) , rpois(9, 5)))
v <- c(3, 3, 5, 8, 8, 8, 1, 2, 9, 4, 4); ranks <- rank(v)
permutation[[7]] <- exact(ranks[1:5], ranks[6:11])

cat(toJSON(list(
  source = "R 4.2.2: every assignment by combn() and expand.grid(); coin 1.4-2 oneway_test(distribution = \"exact\"); exactRankTests 0.8-35 perm.test(exact = TRUE)",
  designs = lapply(design, function(x) list(units = x$d, procedure = x$procedure)),
  tests = tests, intervals = intervals, arms = arms, residuals = residuals, permutation = permutation),
  digits = NA, auto_unbox = TRUE, null = "null"), "\n")

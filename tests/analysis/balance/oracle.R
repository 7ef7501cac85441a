# Rscript oracle.R > reference.json     (R 4.2.2, stats, geepack 1.3.9, jsonlite)
suppressMessages({library(jsonlite); library(geepack)})
z <- qnorm(.975)
hedges_olkin <- function(d, n1, n0) { se <- sqrt((n1 + n0) / (n1 * n0) + d^2 / (2 * (n1 + n0))); c(se, d - z * se, d + z * se) }
set.seed(5)
continuous <- lapply(list(c(20, 23, 50, 48, 9), c(4, 30, 3.1, 2.7, .5), c(200, 60, -1, 1, 4)), function(a) {
  x1 <- round(rnorm(a[1], a[3], a[5]), 2); x0 <- round(rnorm(a[2], a[4], a[5]), 2)
  d <- (mean(x1) - mean(x0)) / sqrt((var(x1) + var(x0)) / 2); ci <- hedges_olkin(d, a[1], a[2])
  list(arm = x1, control = x0, d = d, se = ci[1], lower = ci[2], upper = ci[3], mean = mean(x1), sd = sd(x1)) })
binary <- lapply(list(c(12, 40, 20, 44), c(0, 30, 5, 31), c(77, 90, 70, 92)), function(a) {
  p <- a[1] / a[2]; q <- a[3] / a[4]; d <- (p - q) / sqrt((p * (1 - p) + q * (1 - q)) / 2); ci <- hedges_olkin(d, a[2], a[4])
  list(arm = list(count = a[1], of = a[2]), control = list(count = a[3], of = a[4]), d = d, se = ci[1], lower = ci[2], upper = ci[3]) })
categorical <- lapply(list(list(c(40, 30, 12), c(35, 40, 15)), list(c(5, 0, 9, 2), c(3, 4, 8, 0)), list(c(10, 0, 5), c(4, 0, 11))), function(a) {
  keep <- which(a[[1]] + a[[2]] > 0)[-1] # drops the first category where the estimate drops the last
  p <- a[[1]] / sum(a[[1]]); q <- a[[2]] / sum(a[[2]])
  s <- ((diag(p) - p %o% p) + (diag(q) - q %o% q)) / 2
  list(arm = a[[1]], control = a[[2]], d = sqrt(as.numeric(t((p - q)[keep]) %*% solve(s[keep, keep]) %*% (p - q)[keep]))) })
wilson <- lapply(list(c(45, 120), c(0, 14), c(9, 9), c(1, 300), c(150000, 160000)), function(a) {
  ci <- suppressWarnings(prop.test(a[1], a[2], correct = FALSE)$conf.int)
  list(count = a[1], of = a[2], lower = ci[1], upper = ci[2], lower90 = suppressWarnings(prop.test(a[1], a[2], correct = FALSE, conf.level = .9)$conf.int[1])) })
clustered <- lapply(list(list(c(10, 4, 22, 9, 15), c(30, 9, 41, 30, 17)), list(c(1, 0, 5, 3, 2, 8, 1, 9), c(9, 11, 14, 8, 20, 31, 7, 40))), function(a) {
  y <- a[[1]]; n <- a[[2]]; d <- data.frame(r = unlist(mapply(function(y, n) rep(1:0, c(y, n - y)), y, n, SIMPLIFY = FALSE)), id = rep(seq_along(n), n))
  fit <- summary(geeglm(r ~ 1, binomial, d, id = id))$coefficients
  p <- sum(y) / sum(n); h <- n / sum(n); md <- sqrt(sum(((y - p * n) / (1 - h))^2)) / sum(n) / (p * (1 - p))
  list(reached = y, eligible = n, share = p, se_logit_CR0 = fit$Std.err, lower_CR0 = plogis(qlogis(p) - qt(.975, length(n) - 1) * fit$Std.err),
    lower = plogis(qlogis(p) - qt(.975, length(n) - 1) * md), upper = plogis(qlogis(p) + qt(.975, length(n) - 1) * md)) })
participation <- lapply(list(list(30, 200, 50, 400), list(12, 200, 0.11), list(90, 200, 0.3)), function(a) {
  p <- a[[1]] / a[[2]]; sampled <- length(a) == 4; q <- if (sampled) a[[3]] / a[[4]] else a[[3]]
  v <- (1 - p) / a[[1]] + if (sampled) (1 - q) / a[[3]] else 0
  list(participants = list(count = a[[1]], of = a[[2]]), population = if (sampled) list(count = a[[3]], of = a[[4]]) else q,
    ratio = p / q, lower = exp(log(p / q) - z * sqrt(v)), upper = exp(log(p / q) + z * sqrt(v))) })
cat(toJSON(list(continuous = continuous, binary = binary, categorical = categorical, wilson = wilson, clustered = clustered,
  participation = participation), digits = NA, auto_unbox = TRUE))

# Reference numbers for tests/plan/power: Rscript oracle.R > reference.json
# R 4.2.2 with pwr 1.3-0, mvtnorm and jsonlite. Designs are synthetic.
suppressMessages({library(jsonlite); library(pwr); library(mvtnorm)})
set.seed(20240607)
# pt() with a noncentrality warns that its tails have an absolute error, of about 1e-12.
options(warn = -1)
root <- function(f, ends) uniroot(f, ends, tol = 1e-13, maxiter = 10000)$root

# Two proportions of independent observations.
proportions <- lapply(list(c(.25, .32, .9), c(.2, .15, .8), c(.5, .62, .85), c(.03, .01, .8), c(.9, .94, .7)), function(x) {
  n <- power.prop.test(p1 = x[1], p2 = x[2], power = x[3], tol = 1e-13)$n
  sizes <- ceiling(n)
  # One-sided at half the level: rejections to the wrong side are no success.
  found <- function(n) pwr.2p.test(h = abs(ES.h(x[2], x[1])), n = n, sig.level = .025, alternative = "greater")$power
  h <- root(function(n) found(n) - x[3], c(2, 1e6))
  list(control = x[1], arm = x[2], power = x[3], pooled = n, arcsine = h, n = sizes,
       power_pooled = power.prop.test(n = sizes, p1 = x[1], p2 = x[2])$power,
       power_arcsine = found(sizes),
       detectable = if (x[2] > x[1]) power.prop.test(n = sizes, p1 = x[1], power = x[3], tol = 1e-13)$p2
                    else root(function(p) power.prop.test(n = sizes, p1 = x[1], p2 = p)$power - x[3], c(1e-9, x[1] - 1e-9)))
})
# Unequal sizes, by the closed forms of Fleiss, Levin & Paik 2003.
unequal <- lapply(list(c(.25, .32, .9, 2), c(.4, .3, .8, .5), c(.1, .14, .8, 3)), function(x) {
  p0 <- x[1]; p1 <- x[2]; r <- x[4]; za <- qnorm(.975); zb <- qnorm(x[3]); pm <- (p0 + r * p1) / (1 + r)
  n <- (za * sqrt((1 + 1 / r) * pm * (1 - pm)) + zb * sqrt(p1 * (1 - p1) / r + p0 * (1 - p0)))^2 / (p1 - p0)^2
  k0 <- ceiling(n); k1 <- ceiling(r * n); h <- abs(ES.h(p1, p0))
  list(control = p0, arm = p1, power = x[3], ratio = r, pooled = n,
       unpooled = (za + zb)^2 * (p1 * (1 - p1) / r + p0 * (1 - p0)) / (p1 - p0)^2,
       fleiss = n / 4 * (1 + sqrt(1 + 2 * (r + 1) / (n * r * abs(p1 - p0))))^2,
       arcsine = (za + zb)^2 * (1 + 1 / r) / h^2, n0 = k0, n1 = k1,
       power_arcsine = pwr.2p2n.test(h = h, n1 = k0, n2 = k1, sig.level = .025, alternative = "greater")$power)
})

# Trials of clusters: standard error, power by three laws, clusters needed, detectable value, size.
cluster_case <- function(outcome, design) {
  o <- outcome; d <- design; cv <- d$cv; r <- if (is.null(d[["r"]])) 0 else d[["r"]]
  m <- if (is.null(d$size)) Inf else d$size
  control <- if (is.null(o$control)) 0 else o$control
  spread <- function(x) switch(o$type,
    proportion = c(o$icc * x * (1 - x), (1 - o$icc) * x * (1 - x)),
    ratio = c(o$kappa^2, o$phi / x), difference = c(o$kappa^2 * x^2, o$phi * x),
    mean = c(o$between, o$within))
  v <- function(x) { s <- spread(if (isTRUE(d$null)) control else x); ((1 + cv^2) * s[1] + s[2] / m) * (1 - r^2) }
  eff <- function(x) if (o$type == "ratio") log(x / control) else x - control
  lost <- if (is.null(d[["r"]])) 2 else 3
  se <- function(x) sqrt(v(x) / d$k1 + v(control) / d$k0)
  df <- d$k1 + d$k0 - lost; s <- abs(eff(d$arm)) / se(d$arm); tc <- qt(.975, df)
  shift <- function(law, df, pw) switch(law, z = qnorm(.975) + qnorm(pw), t = qt(.975, df) + qt(pw, df),
    nct = root(function(x) pt(qt(.975, df), df, x, lower.tail = FALSE) - pw, c(.05, 37)))
  th <- d$ratio; pw <- d$power; V <- v(d$arm) / th + v(control); e2 <- eff(d$arm)^2
  need <- function(law) if (law == "z") shift("z", 0, pw)^2 * V / e2 else tryCatch(
    root(function(k) k - shift(law, (1 + th) * k - lost, pw)^2 * V / e2, c((1 + lost) / (1 + th) + 1e-6, 1e5)), error = function(e) NA)
  ends <- list(higher = switch(o$type, proportion = 1, ratio = 50 * control, difference = 50 * control, mean = 50),
               lower = switch(o$type, proportion = 0, ratio = control / 1.6, difference = 0, mean = -50))
  find <- function(side, law) tryCatch({
    near <- control; far <- ends[[side]]; c0 <- shift(law, df, pw)
    root(function(x) abs(eff(x)) - c0 * se(x), c(min(near, far), max(near, far)))
  }, error = function(e) NA)
  between <- function(x) { s <- spread(if (isTRUE(d$null)) control else x); (1 + cv^2) * s[1] * (1 - r^2) }
  within <- function(x) { s <- spread(if (isTRUE(d$null)) control else x); s[2] * (1 - r^2) }
  roomOf <- (eff(d$arm) / shift("nct", df, pw))^2 - between(d$arm) / d$k1 - between(control) / d$k0
  list(outcome = outcome, design = design, se = se(d$arm),
    power = list(z = pnorm(s - qnorm(.975)), t = pt(tc - s, df, lower.tail = FALSE), nct = pt(tc, df, s, lower.tail = FALSE)),
    needed = list(z = need("z"), t = need("t"), nct = need("nct")),
    higher = find("higher", "nct"), lower = find("lower", "t"),
    sizeNeeded = if (roomOf > 0) (within(d$arm) / d$k1 + within(control) / d$k0) / roomOf else NA)
}
design <- function(...) modifyList(list(cv = 0, ratio = 1, power = .8), list(...))
clusters <- list(
  cluster_case(list(type = "proportion", control = .25, icc = .05), design(arm = .35, size = 40, cv = .6, k1 = 20, k0 = 20, power = .9)),
  cluster_case(list(type = "proportion", control = .2, icc = .088), design(arm = .3, size = 200, cv = .3, k1 = 12, k0 = 18, ratio = .5)),
  cluster_case(list(type = "proportion", control = .4, icc = .01), design(arm = .3, size = 60, k1 = 6, k0 = 5, r = .6)),
  cluster_case(list(type = "proportion", control = .2, icc = .056), design(arm = .3, k1 = 15, k0 = 15, null = TRUE)),
  cluster_case(list(type = "proportion", control = .7, icc = 0), design(arm = .8, size = 1, k1 = 150, k0 = 300, ratio = .5)),
  cluster_case(list(type = "ratio", control = .2, kappa = .3, phi = 1), design(arm = .14, size = 500, k1 = 12, k0 = 12)),
  cluster_case(list(type = "ratio", control = .05, kappa = .25, phi = 3), design(arm = .07, size = 900, cv = .5, k1 = 20, k0 = 10, ratio = 2)),
  cluster_case(list(type = "ratio", control = 1.2, kappa = .8, phi = 1), design(arm = .9, size = 2, k1 = 300, k0 = 250, null = TRUE, ratio = 1.2)),
  cluster_case(list(type = "difference", control = .2, kappa = .3, phi = 1), design(arm = .14, size = 500, k1 = 12, k0 = 12)),
  cluster_case(list(type = "difference", control = .0148, kappa = .29, phi = 1.5), design(arm = .02, size = 424, cv = .2, k1 = 30, k0 = 25, r = .4)),
  cluster_case(list(type = "mean", between = 1, within = 8), design(arm = 1.5, size = 40, k1 = 10, k0 = 10)),
  cluster_case(list(type = "mean", between = .017, within = .983), design(arm = -.5, size = 20, k1 = 2, k0 = 2, power = .6)))

# Correlation of cluster means in two periods, from the covariance matrix of all observations.
baselines <- lapply(list(list(b = .05, w = .95, m = 6, m0 = 6, c = .8, s = 0), list(b = .1, w = .9, m = 4, m0 = 9, c = .7, s = 0),
                         list(b = .02, w = .5, m = 5, m0 = 5, c = .9, s = .6)), function(x) {
  n <- x$m + x$m0; period <- rep(1:2, c(x$m, x$m0)); subject <- c(seq_len(x$m), seq_len(x$m0))
  S <- outer(seq_len(n), seq_len(n), Vectorize(function(i, j)
    x$b * ifelse(period[i] == period[j], 1, x$c) + ifelse(i == j, x$w, ifelse(subject[i] == subject[j] & period[i] != period[j], x$w * x$s, 0))))
  A <- rbind(as.numeric(period == 1) / x$m, as.numeric(period == 2) / x$m0); K <- A %*% S %*% t(A)
  c(x, r = K[1, 2] / sqrt(K[1, 1] * K[2, 2]))
})

# Several arms: noncentral multivariate t for what is found jointly.
several <- local({
  k <- c(12, 9, 10); v <- (1 + 8 / 40) / k; eff <- c(1.2, 1.9); df <- sum(k) - 3
  se <- sqrt(v[-1] + v[1])
  found <- function(c) pt(c, df, eff / se, lower.tail = FALSE)
  # Over the variance and the control arm, given which the arms are independent.
  over <- function(f) integrate(Vectorize(function(s) 2 * s * df * dchisq(s^2 * df, df) * integrate(function(z)
    dnorm(z) * f(z, s), -9, 9, rel.tol = 1e-11)$value), .15, 2.8, rel.tol = 1e-10)$value
  within <- function(i, z, s, c) pnorm((c * s * se[i] + z * sqrt(v[1])) / sqrt(v[i + 1])) - pnorm((-c * s * se[i] + z * sqrt(v[1])) / sqrt(v[i + 1]))
  crit <- root(function(c) over(function(z, s) within(1, z, s, c) * within(2, z, s, c)) - .95, c(2, 3))
  # R's own, random to about 1e-4, agrees.
  corr <- matrix(v[1] / prod(se), 2, 2); diag(corr) <- 1
  stopifnot(abs(qmvt(.95, tail = "both.tails", df = df, corr = corr)$quantile - crit) < 2e-3)
  joint <- function(c) {
    up <- function(i, z, s) pnorm((eff[i] - z * sqrt(v[1]) - c * s * se[i]) / sqrt(v[i + 1]))
    list(all = over(function(z, s) up(1, z, s) * up(2, z, s)), any = over(function(z, s) 1 - (1 - up(1, z, s)) * (1 - up(2, z, s))))
  }
  c2 <- qt(1 - .025 / 2, df)
  list(clusters = k, effects = eff, df = df, dunnettLevel = 2 * pt(-crit, df), dunnett = found(crit), bonferroni = found(c2), joint = joint(c2))
})

# Generalised least squares of single observations.
gls_case <- function(name, matrix, sizes, b, w, structure, cac = 1, sac = 0, compare = c(1, 0)) {
  cells <- which(!is.na(matrix), arr.ind = TRUE)
  rows <- do.call(rbind, lapply(seq_len(nrow(cells)), function(q) { i <- cells[q, 1]; j <- cells[q, 2]
    data.frame(i = i, j = j, a = matrix[i, j], s = seq_len(sizes[i, j])) }))
  info <- 0
  arms <- setdiff(sort(unique(rows$a)), compare[2])
  X <- cbind(sapply(sort(unique(rows$j)), function(j) rows$j == j), sapply(arms, function(a) rows$a == a)) * 1
  for (i in unique(rows$i)) {
    d <- rows[rows$i == i, ]; gap <- abs(outer(d$j, d$j, "-"))
    rho <- switch(structure, exchangeable = 1, "nested-exchangeable" = ifelse(gap > 0, cac, 1), "exponential-decay" = cac^gap)
    sd <- sqrt(w[d$a + 1]); bd <- sqrt(b[d$a + 1])
    V <- outer(bd, bd) * rho + outer(sd, sd) * outer(d$s, d$s, "==") * ifelse(gap > 0, sac, 1)
    x <- X[rows$i == i, , drop = FALSE]; info <- info + t(x) %*% solve(V, x)
  }
  var <- solve(info)[length(unique(rows$j)) + match(compare[1], arms), length(unique(rows$j)) + match(compare[1], arms)]
  list(name = name, matrix = lapply(seq_len(nrow(matrix)), function(i) as.list(matrix[i, ])), sizes = sizes, between = b, within = w,
       structure = structure, cac = cac, sac = sac, comparison = compare, variance = var)
}
wedge <- function(steps, each, periods = steps + 1) t(sapply(rep(seq_len(steps), each = each), function(s) as.integer(seq_len(periods) > s)))
same <- function(m, n) matrix(n, nrow(m), ncol(m))
gap <- wedge(3, 2); gap[1, 2] <- NA; gap[4, 4] <- NA; gap[6, 1] <- NA
cross <- rbind(c(0, 1), c(0, 1), c(1, 0), c(1, 0), c(1, 0))
three <- rbind(c(0, 1, 2), c(1, 2, 0), c(2, 0, 1), c(0, 2, 2), c(0, 0, 1), c(0, 1, 1))
par <- rbind(c(0, 0, 0), c(0, 1, 1), c(0, 0, 0), c(0, 1, 1), c(0, 1, 1))
gls <- list(
  gls_case("wedge, exchangeable", wedge(4, 2), same(wedge(4, 2), 5), c(.01, .01), c(.19, .19), "exchangeable"),
  gls_case("wedge, nested", wedge(4, 2), same(wedge(4, 2), 4), c(.05, .05), c(1, 1), "nested-exchangeable", .7),
  gls_case("wedge, decay, unequal sizes", wedge(3, 2), matrix(sample(2:7, 24, TRUE), 6), c(.1, .1), c(1, 1), "exponential-decay", .6),
  gls_case("wedge, cohort", wedge(3, 1), same(wedge(3, 1), 4), c(.1, .1), c(1, 1), "nested-exchangeable", .8, .5),
  gls_case("wedge, incomplete, variances by arm", gap, matrix(rep(c(3, 5, 4, 6, 2, 7), 4), 6), c(.05, .08), c(.8, 1.3), "exchangeable"),
  gls_case("crossover, cohort with decay", cross, same(cross, 3), c(.3, .2), c(1, 1.5), "exponential-decay", .5, .4),
  gls_case("three arms, second against first", three, matrix(rep(c(2, 3, 4, 3, 2, 5), 3), 6), c(.2, .1, .3), c(1, 1.2, .9), "nested-exchangeable", .9, 0, c(2, 1)),
  gls_case("parallel after a baseline", par, same(par, 6), c(.1, .1), c(1, 1), "exponential-decay", .75))

# Two steps: generalised least squares of single patients.
two_step <- lapply(list(list(k0 = 3, k1 = 5, m = 8, q = .5, b = c(1, 1, 1), w = c(8, 8, 8)),
                        list(k0 = 4, k1 = 4, m = 10, q = .3, b = c(.5, .5, .5), w = c(2, 2, 2))), function(x) {
  n <- x$m * (x$k0 + x$k1); p <- rep(seq_len(x$k0 + x$k1), each = x$m)
  A <- p > x$k0; E <- A & rep(seq_len(x$m), x$k0 + x$k1) <= x$q * x$m
  V <- x$b[1] * outer(p, p, "==") + diag(x$w[1], n); X <- cbind(1, A, E) * 1
  S <- solve(t(X) %*% solve(V, X)); c(x, standard = sqrt(S[2, 2]), enhanced = sqrt(S[3, 3]))
})
cat(toJSON(list(proportions = proportions, unequal = unequal, clusters = clusters, baselines = baselines,
                several = several, gls = gls, twoStep = two_step), auto_unbox = TRUE, digits = NA, na = "null", null = "null", pretty = TRUE))

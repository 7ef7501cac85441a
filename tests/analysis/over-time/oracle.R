# Reference numbers for designs over time, run as `Rscript oracle.R > reference.json`.
# R 4.2.2 with geepack 1.3.9, sandwich, clubSandwich, jsonlite. Data are synthetic. The dense code builds
# the matrices of every cluster; re-randomisation goes through all orders one by one.
suppressMessages({ library(geepack); library(sandwich); library(clubSandwich); library(jsonlite) })
options(warn = -1) # counts that are no whole numbers, as sums of minutes are
control <- geese.control(epsilon = 1e-14, maxit = 500)
strict <- glm.control(epsilon = 1e-15, maxit = 200)

# Data sets: K x T matrices y, e and arms ------------------------------------------------------------
trial <- function(seed, arms, rate = .4, trend = .1, between = .3, effect = c(0, -.3, .2), size = 40) {
  set.seed(seed)
  K <- nrow(arms); T <- ncol(arms)
  e <- matrix(rep(round(size * exp(rnorm(K, 0, .5))), T), K) + matrix(sample(0:15, K * T, TRUE), K)
  mu <- rate * exp(matrix(rnorm(K, 0, between), K, T) + matrix(rnorm(K * T, 0, .15), K) +
                   matrix(trend * seq_len(T), K, T, byrow = TRUE) + effect[arms + 1])
  list(y = matrix(rpois(K * T, e * mu), K), e = e, arms = arms)
}
rowsFrom <- function(...) do.call(rbind, list(...))
wedge <- function(steps, T) t(sapply(steps, function(s) +(seq_len(T) >= s)))
sets <- list(
  wedge = { d <- trial(1, wedge(c(2, 3, 4, 5, 2, 3, 4, 5, 3), 5)); d$e[2, 4] <- 0; d$y[2, 4] <- 0; d$e[7, 1] <- 0; d$y[7, 1] <- 0; d },
  crossover = trial(2, rowsFrom(c(0, 1, 0, 1), c(1, 0, 1, 0))[c(1, 2, 2, 1, 1, 2, 1, 2, 1, 2), ], trend = .3),
  three = trial(3, rowsFrom(c(0, 1, 2), c(1, 2, 0), c(2, 0, 1))[c(1, 2, 3, 3, 2, 1, 1, 2, 3, 2, 3, 1), ]),
  halves = { d <- trial(4, wedge(c(2, 3, 2, 3, 2, 3, 3, 2), 4), rate = 1.5); d$e <- d$e / 8; d$y <- d$y / 2; d },
  one = { d <- trial(5, matrix(rep(0:1, 6), 12)); d },
  manyPeriods = trial(6, rowsFrom(rep(0:1, 5), rep(1:0, 5), rep(c(0, 1, 1, 0, 0), 2), rep(c(1, 0, 0, 1, 1), 2))[c(1:4, 1:4), ])
)
long <- function(d) {
  f <- with(d, data.frame(cluster = c(row(y)), period = c(col(y)), arm = c(arms), y = c(y), e = c(e)))
  run <- t(apply(d$arms, 1, function(a) { r <- 0; sapply(a, function(x) r <<- if (x == 1) r + 1 else 0) }))
  f$exposure <- if (ncol(d$arms) > 1) c(run) else c(d$arms == 1)
  f$before <- c(cbind(0, d$arms[, -ncol(d$arms), drop = FALSE]))
  f <- f[order(f$cluster, f$period), ]
  f[f$e > 0, ]
}

# Estimating equations --------------------------------------------------------------------------------
principal <- function(m, power) {
  e <- eigen(m); Re(e$vectors %*% diag(as.complex(e$values)^power, nrow(m)) %*% solve(e$vectors))
}
dense <- function(X, y, e, beta, id, alpha, isLog) {
  mu <- if (isLog) e * c(exp(X %*% beta)) else e * c(X %*% beta)
  parts <- lapply(split(seq_along(y), id), function(i) {
    R <- matrix(alpha, length(i), length(i)); diag(R) <- 1
    v <- if (isLog) mu[i] else e[i]
    D <- (if (isLog) mu[i] else e[i]) * X[i, , drop = FALSE]
    list(D = D, Vi = solve(sqrt(v) * t(sqrt(v) * R)), r = y[i] - mu[i])
  })
  M <- solve(Reduce(`+`, lapply(parts, function(g) t(g$D) %*% g$Vi %*% g$D)))
  sapply(c("CR0", "KC", "MD", "FG"), function(kind) {
    M %*% Reduce(`+`, lapply(parts, function(g) {
      H <- g$D %*% M %*% t(g$D) %*% g$Vi; I <- diag(nrow(H)); s <- t(g$D) %*% g$Vi
      u <- switch(kind, CR0 = s %*% g$r, KC = s %*% principal(I - H, -.5) %*% g$r, MD = s %*% solve(I - H, g$r),
                  FG = (s %*% g$r) / sqrt(1 - pmin(.75, diag(s %*% g$D %*% M))))
      u %*% t(u)
    })) %*% M
  }, simplify = FALSE)
}
model <- function(f, terms, isLog, corstr) { # terms: columns besides the periods
  f <- cbind(f, terms)
  right <- paste(c(if (length(unique(f$period)) > 1) "0 + factor(period)" else "1", names(terms)), collapse = " + ")
  fit <- if (isLog) geeglm(as.formula(paste("y ~", right, "+ offset(log(e))")), poisson, f, id = cluster, corstr = corstr, control = control)
         else {
    # The variance of y / e goes down with e. geepack's `weights` would do for independence; their moment
    # estimator of the correlation weighs pairs of raw residuals, not of standardised ones, so these are given.
    Z <- sqrt(f$e) * model.matrix(as.formula(paste("~", right)), f); f$z <- f$y / sqrt(f$e)
    geeglm(z ~ 0 + Z, gaussian, f, id = cluster, corstr = corstr, control = control)
  }
  alpha <- if (corstr == "independence") 0 else unname(fit$geese$alpha)
  X <- model.matrix(as.formula(paste("~", right)), f)
  V <- dense(X, f$y, f$e, coef(fit), f$cluster, alpha, isLog)
  plain <- if (corstr == "independence") {
    g <- if (isLog) glm(as.formula(paste("y ~", right, "+ offset(log(e))")), poisson, f, control = strict)
         else lm(as.formula(paste("y / e ~", right)), f, weights = e)
    list(glm = unname(coef(g)), CR0 = unname(sqrt(diag(vcovCL(g, f$cluster, type = "HC0", cadjust = FALSE)))),
         CR3 = unname(sqrt(diag(as.matrix(vcovCR(g, f$cluster, "CR3"))))),
         df = if (!isLog) { # of Bell and McCaffrey, working variances as in the weights: CR2 is KC
           Z <- sqrt(f$e) * X; z <- f$y / sqrt(f$e)
           coef_test(lm(z ~ 0 + Z), vcovCR(lm(z ~ 0 + Z), f$cluster, "CR2"), test = "Satterthwaite")$df_Satt
         })
  }
  list(beta = coef(fit), robust = sqrt(diag(fit$geese$vbeta)), alpha = alpha, V = V, plain = plain,
       K = length(unique(f$cluster)), T = length(unique(f$period)))
}
statistics <- c("logRatio", "difference"); structures <- c("independence", "exchangeable")
combinations <- function(names, statistic = statistics, corstr = structures)
  expand.grid(set = names, statistic = statistic, correlation = corstr, stringsAsFactors = FALSE)
each <- function(grid, f) lapply(seq_len(nrow(grid)), function(i) do.call(f, as.list(grid[i, ])))
equal <- function(b, V, nu) { # Hotelling
  q <- length(b) - 1; L <- cbind(-1, diag(q)); W <- c(t(L %*% b) %*% solve(L %*% V %*% t(L), L %*% b))
  F <- (nu - q + 1) / (nu * q) * W
  list(statistic = F, df = c(q, nu - q + 1), pValue = pf(F, q, nu - q + 1, lower.tail = FALSE))
}
numbers <- function(b, V, nu, level = .95) {
  se <- sqrt(diag(as.matrix(V)))
  list(estimate = unname(b), se = unname(se), df = nu, p = unname(2 * pt(-abs(b / se), nu)))
}

estimates <- each(rbind(combinations(c("wedge", "crossover", "three", "halves", "manyPeriods")), combinations("one", corstr = "independence")),
  function(set, statistic, correlation) {
    f <- long(sets[[set]]); A <- max(f$arm)
    m <- model(f, as.data.frame(setNames(lapply(1:A, function(a) +(f$arm == a)), paste0("arm", 1:A))), statistic == "logRatio", correlation)
    arms <- m$T + 1:A
    list(set = set, statistic = statistic, correlation = correlation, alpha = m$alpha, beta = unname(m$beta), robust = unname(m$robust),
         plain = m$plain, se = lapply(m$V, function(V) unname(sqrt(diag(V)))), periods = m$T, df = m$K - A - 1,
         p = unname(2 * pt(-abs(m$beta[arms] / sqrt(diag(m$V$MD)[arms])), m$K - A - 1)))
  })

exposures <- each(combinations(c("wedge", "halves")), function(set, statistic, correlation) {
  f <- long(sets[[set]]); S <- max(f$exposure)
  m <- model(f, as.data.frame(setNames(lapply(1:S, function(s) +(f$exposure == s)), paste0("s", 1:S))), statistic == "logRatio", correlation)
  i <- m$T + 1:S; b <- m$beta[i]; V <- m$V$MD[i, i]; nu <- m$K - 2
  list(set = set, statistic = statistic, correlation = correlation, effects = numbers(b, V, nu),
       test = equal(b, V, nu), average = numbers(mean(b), sum(V) / S^2, nu))
})
carry <- each(combinations(c("crossover", "three")), function(set, statistic, correlation) {
  f <- long(sets[[set]]); A <- max(f$arm)
  terms <- c(setNames(lapply(1:A, function(a) +(f$arm == a)), paste0("arm", 1:A)), setNames(lapply(1:A, function(a) +(f$before == a)), paste0("before", 1:A)))
  m <- model(f, as.data.frame(terms), statistic == "logRatio", correlation)
  i <- m$T + c(1, A + 1)
  list(set = set, statistic = statistic, correlation = correlation, both = numbers(m$beta[i], m$V$KC[i, i], m$K - A - 1))
})
byPeriod <- each(combinations("crossover", corstr = "independence"), function(set, statistic, correlation) {
  f <- long(sets[[set]]); T <- max(f$period)
  m <- model(f, as.data.frame(setNames(lapply(1:T, function(t) +(f$period == t & f$arm == 1)), paste0("t", 1:T))), statistic == "logRatio", correlation)
  i <- T + 1:T
  list(set = set, statistic = statistic, effects = numbers(m$beta[i], m$V$MD[i, i], m$K - 2), test = equal(m$beta[i], m$V$MD[i, i], m$K - 2))
})

# Re-randomisation over the orders ----------------------------------------------------------------------
score <- function(y, e, x) { # x: NA where left out
  u <- rep(0, nrow(y)); found <- FALSE
  for (j in seq_len(ncol(y))) {
    i <- which(!is.na(x[, j]) & e[, j] > 0)
    if (!any(x[i, j] == 1) || !any(x[i, j] == 0)) next
    found <- TRUE
    E <- e[i, j]; u[i] <- u[i] + (x[i, j] - sum(E * x[i, j]) / sum(E)) * (y[i, j] - E * sum(y[i, j]) / sum(E))
  }
  if (!found) NA else if (sum(u^2) < 1e-20) 0 else sum(u) / sqrt(sum(u^2))
}
arrangements <- function(sizes) { # all group vectors with these sizes
  if (length(sizes) == 1) return(matrix(1, 1, sizes))
  n <- sum(sizes); first <- combn(n, sizes[1]); rest <- arrangements(sizes[-1]) + 1
  do.call(rbind, lapply(seq_len(ncol(first)), function(c) { m <- matrix(1, nrow(rest), n); m[, -first[, c]] <- rest; m }))
}
within <- function(groups, strata) { # every rearrangement within strata
  all <- matrix(groups, 1)
  for (s in unique(strata)) {
    i <- which(strata == s); own <- unique(sort(groups[i])); a <- arrangements(as.vector(table(groups[i])))
    a[] <- own[a]
    all <- do.call(rbind, lapply(seq_len(nrow(a)), function(r) { m <- all; m[, i] <- matrix(a[r, ], nrow(m), length(i), byrow = TRUE); m }))
  }
  all
}
part <- function(arms) cbind(FALSE, arms[, -1, drop = FALSE] != arms[, -ncol(arms), drop = FALSE])
replay <- function(d, sequences, groups, all, arm, weights = rep(1, nrow(all)), wash = NULL) {
  actual <- sequences[groups, ]; z <- actual == arm
  test <- function(scale = 1, shift = 0) {
    at <- function(g) {
      arms <- sequences[g, ]; x <- ifelse(arms == arm, 1, ifelse(arms == 0, 0, NA))
      y <- d$y; e <- d$e
      if (!is.null(wash)) { keep <- !part(arms); y <- y + keep * wash$y; e <- e + keep * wash$e }
      score(ifelse(z, scale * y - shift * e, y), e, x)
    }
    t <- apply(all, 1, at); T <- at(groups); ok <- !is.na(t); w <- weights[ok] / sum(weights[ok]); t <- t[ok]
    list(T = T, two = sum(w[abs(t) >= abs(T) - 1e-9]), less = sum(w[t <= T + 1e-9]), greater = sum(w[t >= T - 1e-9]), draws = length(t))
  }
  list(test = test)
}
ends <- function(test, isRatio, centre, se, level, side) { # outermost crossings by a grid and bisection
  p <- function(d) { r <- if (isRatio) test(scale = exp(-d)) else test(shift = d); if (side == "two-sided") r$two else if (side == "lower") r$greater else r$less }
  alpha <- 1 - level
  end <- function(sign) {
    grid <- centre + sign * se * seq(0, 14, .2); kept <- which(sapply(grid, p) > alpha * (1 + 1e-9)); last <- max(kept)
    if (last == length(grid)) return(NULL)
    a <- grid[last]; b <- grid[last + 1]
    while (abs(b - a) > 1e-12 * max(1e-3, abs(b))) { m <- (a + b) / 2; if (p(m) > alpha * (1 + 1e-9)) a <- m else b <- m }
    a
  }
  shown <- if (isRatio) exp else identity
  list(lower = if (side != "upper") shown(end(-1)), upper = if (side != "lower") shown(end(1)))
}
haenszel <- function(y, e, x) {
  s <- sapply(seq_len(ncol(y)), function(j) {
    o <- !is.na(x[, j]); g <- function(m, a) sum(m[o & x[, j] == a, j]); E <- g(e, 0) + g(e, 1)
    c(g(y, 1) * g(e, 0) / E, g(y, 0) * g(e, 1) / E, g(e, 1) * g(e, 0) / E)
  })
  s <- rowSums(s[, colSums(is.nan(s)) == 0, drop = FALSE]); list(ratio = s[1] / s[2], difference = (s[1] - s[2]) / s[3])
}
wedge6 <- wedge(2:4, 4); order6 <- c(1, 3, 2, 2, 1, 3)
cross <- rowsFrom(c(0, 1, 0), c(1, 0, 1)); order8 <- c(1, 2, 1, 2, 2, 1, 1, 2); strata8 <- rep(c("a", "b"), each = 4)
latin <- rowsFrom(c(0, 1, 2), c(1, 2, 0), c(2, 0, 1)); order9 <- c(1, 2, 3, 3, 2, 1, 1, 3, 2)
four <- rowsFrom(c(0, 1, 1, 0), c(1, 0, 0, 1), c(0, 0, 1, 1), c(1, 1, 0, 0)); order7 <- c(1, 2, 3, 4, 1, 3, 2)
washed <- trial(15, wedge6[order6, ]); whole <- trial(16, wedge6[order6, ], size = 8)
listed6 <- within(order6, rep(1, 6)); listed6 <- listed6[c(which(apply(listed6, 1, function(g) all(g == order6))), seq(2, nrow(listed6), 4)), ]
gap <- trial(12, cross[order8, ]); gap$e[3, 2] <- 0; gap$y[3, 2] <- 0
designs <- list(
  wedge = list(d = trial(11, wedge6[order6, ]), sequences = wedge6, groups = order6, all = within(order6, rep(1, 6)), procedure = list(kind = "complete")),
  stratified = list(d = gap, sequences = cross, groups = order8, all = within(order8, strata8), procedure = list(kind = "stratified", strata = strata8)),
  latin = list(d = trial(13, latin[order9, ]), sequences = latin, groups = order9, all = within(order9, rep(1, 9)), procedure = list(kind = "complete")),
  listed = list(d = trial(14, wedge6[order6, ]), sequences = wedge6, groups = order6, all = listed6, weights = 1 + seq_len(nrow(listed6)) %% 3,
    procedure = list(kind = "listed", allocations = listed6 - 1, weights = 1 + seq_len(nrow(listed6)) %% 3)),
  hashed = list(d = trial(17, four[order7, ]), sequences = four, groups = order7, all = as.matrix(expand.grid(rep(list(1:4), 7))), procedure = list(kind = "hashed"), few = TRUE),
  washout = list(d = washed, wash = whole, sequences = wedge6, groups = order6, all = within(order6, rep(1, 6)), procedure = list(kind = "complete"))
)
tests <- list(); intervals <- list()
for (name in names(designs)) {
  s <- designs[[name]]
  for (arm in if (name == "latin") 1:2 else 1) {
    r <- replay(s$d, s$sequences, s$groups, s$all, arm, if (is.null(s$weights)) rep(1, nrow(s$all)) else s$weights, s$wash)
    for (null in list(list(1, 0), list(.8, 0), list(1, .1))) if (is.null(s$few) || null[[1]] * null[[2]] == 0 && null[[1]] == 1)
      tests <- c(tests, list(c(list(design = name, arm = arm, scale = null[[1]], shift = null[[2]]), r$test(null[[1]], null[[2]]))))
    if (!is.null(s$few) || name == "latin" && arm == 2) next
    arms <- s$sequences[s$groups, ]; x <- ifelse(arms == arm, 1, ifelse(arms == 0, 0, NA)); keep <- if (is.null(s$wash)) 0 else !part(arms)
    w <- if (is.null(s$wash)) list(y = 0, e = 0) else s$wash
    mh <- haenszel(s$d$y + keep * w$y, s$d$e + keep * w$e, x)
    for (statistic in statistics) for (side in if (name == "latin") "two-sided" else c("two-sided", "lower", "upper")) {
      ratio <- statistic == "logRatio"; centre <- if (ratio) log(mh$ratio) else mh$difference
      intervals <- c(intervals, list(c(list(design = name, arm = arm, statistic = statistic, sides = side, level = .8, estimate = exp(centre * ratio) * (if (ratio) 1 else mh$difference)),
        ends(r$test, ratio, centre, if (ratio) .15 else .07, .8, side))))
    }
  }
}
cat(toJSON(list(
  sets = sets, estimates = estimates, exposures = exposures, carry = carry, byPeriod = byPeriod,
  designs = lapply(designs, function(s) {
    wash <- s$wash; actual <- s$sequences[s$groups, ]; keep <- if (is.null(wash)) 0 else !part(actual)
    list(y = s$d$y + keep * (if (is.null(wash)) 0 else wash$y), e = s$d$e + keep * (if (is.null(wash)) 0 else wash$e), arms = actual,
         washout = if (!is.null(wash)) list(y = wash$y, e = wash$e), sequences = s$sequences, groups = s$groups - 1, procedure = s$procedure)
  }),
  tests = tests, intervals = intervals
), digits = NA, auto_unbox = TRUE, null = "null"), "\n")

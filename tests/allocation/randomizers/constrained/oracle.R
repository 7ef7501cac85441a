# Covariate-constrained randomisation by brute force: every way to label the clusters is written down,
# those with the right sizes are kept and scored. R 4.2.2.
# Run with: Rscript oracle.R > reference.json
suppressMessages(library(jsonlite))

score <- function(x, w, groups, power) {
  pairs <- combn(0:(max(groups)), 2)
  s <- apply(x, 2, sd)
  means <- apply(x, 2, function(column) tapply(column, groups, mean))
  sum(apply(pairs, 2, function(p) {
    d <- abs(means[p[1] + 1, ] - means[p[2] + 1, ]) / s
    sum(w * d^power)
  }))
}

columns <- function(data, covariates) {
  x <- list(); w <- c()
  for (v in covariates) {
    own <- data[[v$name]]
    if (identical(v$kind, "categorical")) {
      m <- model.matrix(~ factor(own, levels = sort(unique(own), method = "radix")))[, -1, drop = FALSE]
    } else m <- matrix(own)
    x <- c(x, list(m)); w <- c(w, rep(if (is.null(v$weight)) 1 else v$weight, ncol(m)))
  }
  list(x = do.call(cbind, x), w = w)
}

within <- function(sizes, n, weights) {
  share <- n * weights / sum(weights)
  all(sizes >= floor(share + 1e-9) & sizes <= ceiling(share - 1e-9))
}

schemes <- function(n, weights, stratum) {
  G <- length(weights)
  all <- as.matrix(expand.grid(rep(list(0:(G - 1)), n)))[, n:1]
  ok <- apply(all, 1, function(groups) {
    if (!within(tabulate(groups + 1, G), n, weights)) return(FALSE)
    for (s in unique(stratum)) {
      own <- groups[stratum == s]
      if (!within(tabulate(own + 1, G), length(own), weights)) return(FALSE)
    }
    TRUE
  })
  unname(all[ok, , drop = FALSE])
}

solve_case <- function(name, data, method, weights) {
  n <- nrow(data)
  stratum <- if (is.null(method$strata)) rep("", n) else do.call(paste, c(unname(data[unlist(method$strata)]), sep = "|"))
  all <- schemes(n, weights, stratum)
  cols <- columns(data, method$covariates)
  power <- if (identical(method$score, "l1")) 1 else 2
  B <- apply(all, 1, function(groups) score(cols$x, cols$w, groups, power))
  N <- length(B)
  rank <- max(1, floor(method$cutoff$quantile * N + 1e-9))
  cutoff <- sort(B)[rank]
  kept <- all[B <= cutoff * (1 + 1e-10), , drop = FALSE]
  together <- sapply(seq_len(n), function(i) sapply(seq_len(n), function(j) mean(kept[, i] == kept[, j])))
  G <- length(weights)
  smd <- function(rows) {
    pairs <- combn(0:(G - 1), 2)
    s <- apply(cols$x, 2, sd)
    colMeans(matrix(t(apply(rows, 1, function(groups) {
      means <- matrix(apply(cols$x, 2, function(column) tapply(column, groups, mean)), nrow = G)
      colMeans(matrix(apply(pairs, 2, function(p) abs(means[p[1] + 1, ] - means[p[2] + 1, ]) / s), nrow = ncol(pairs), byrow = TRUE))
    })), nrow = nrow(rows)))
  }
  list(
    name = name, method = method, weights = weights,
    clusters = lapply(seq_len(n), function(i) list(id = paste0("c", i), values = as.list(data[i, , drop = FALSE]))),
    possible = N, cutoff = cutoff, candidates = nrow(kept), mean = mean(B), meanOfCandidates = mean(B[B <= cutoff * (1 + 1e-10)]),
    quantiles = unname(quantile(B, c(0, 0.05, 0.1, 0.25, 0.5, 0.75, 1), type = 7)),
    first = B[1], firstGroups = all[1, ],
    least = min(together[upper.tri(together)]), most = max(together[upper.tri(together)]),
    chances = lapply(0:(G - 1), function(g) range(colMeans(kept == g))),
    complete = smd(all), constrained = smd(kept),
    kept = sort(apply(kept, 1, paste, collapse = ""), method = "radix")
  )
}

set.seed(20)
made <- function(n) data.frame(
  beds = round(rlnorm(n, 4, 0.5)),
  rate = round(rbeta(n, 4, 8), 3),
  region = sample(rep(c("north", "east", "west"), length.out = n)),
  rural = rep(c("no", "yes"), length.out = n)
)
a <- list(name = "beds", weight = 2); b <- list(name = "rate"); region <- list(name = "region", kind = "categorical")
rural <- list(name = "rural", kind = "categorical", weight = 0.5)
of <- function(covariates, q, ...) list(method = "constrained", covariates = covariates, cutoff = list(quantile = q), ...)

cases <- list(
  solve_case("ten clusters, two arms, a categorical covariate", made(10), of(list(a, b, region), 0.1), c(1, 1)),
  solve_case("nine clusters, two arms, l1, weights", made(9), of(list(a, b, rural), 0.2, score = "l1"), c(1, 1)),
  solve_case("nine clusters, three arms", made(9), of(list(a, b, rural), 0.1), c(1, 1, 1)),
  solve_case("eight clusters, three arms, l1", made(8), of(list(b, region), 0.05, score = "l1"), c(1, 1, 1)),
  solve_case("ten clusters, two to one", made(10), of(list(a, b), 0.25), c(2, 1)),
  solve_case("nine clusters, one to two to one", made(9), of(list(a, b), 0.1), c(1, 2, 1)),
  local({
    d <- made(12); d$area <- c(rep("a", 5), rep("b", 7))
    solve_case("twelve clusters in two strata of odd size", d, of(list(a, b), 0.1, strata = list("area")), c(1, 1))
  }),
  local({
    d <- made(9); d$area <- c("a", "b")[c(1, 2, 2, 1, 2, 1, 2, 2, 1)]
    solve_case("nine clusters in two strata, three arms", d, of(list(b, rural), 0.2, strata = list("area")), c(1, 1, 1))
  }),
  solve_case("many ties: two categorical covariates", made(8), of(list(region, rural), 0.1), c(1, 1))
)
cat(toJSON(cases, digits = NA, auto_unbox = TRUE))

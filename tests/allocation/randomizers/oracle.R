# Reference numbers for minimisation, matching and guessing: Rscript oracle.R > reference.json
# (R 4.2.2 with jsonlite). Written from the definitions of Pocock & Simon (1975) and
# Han, Enas & McEntegart (2009); the data are made up.
set.seed(20250901)

# Imbalance of each group if the next cluster were added to it.
imbalances <- function(levels, given, weights, factor_weights, measure) {
  if (length(given) == 0) return(0 * weights) # the first goes by weight
  new <- levels[length(given) + 1, ]
  sapply(seq_along(weights), function(g) {
    sum(sapply(seq_along(new), function(f) {
      same <- levels[seq_along(given), f] == new[f]
      counts <- sapply(seq_along(weights), function(h) sum(given[same] == h) + (h == g))
      shares <- counts / weights
      d <- if (measure == "range") diff(range(shares)) else var(shares)
      factor_weights[f] * d
    }))
  })
}

# Each of the least imbalanced in turn is preferred, by weight; then Han's biased coin.
chances <- function(imbalance, weights, p) {
  best <- which(imbalance < min(imbalance) + 1e-9)
  out <- numeric(length(weights))
  for (j in best) {
    high <- 1 - (1 - p) * sum(weights[-j]) / sum(weights[-which.min(weights)])
    coin <- numeric(length(weights))
    coin[j] <- high
    coin[-j] <- (1 - high) * weights[-j] / sum(weights[-j])
    out <- out + coin * weights[j] / sum(weights[best])
  }
  out
}

steps <- list()
for (weights in list(c(1, 1), c(1, 2), c(1, 1, 1), c(3, 1, 2), c(1, 1, 1, 1))) {
  for (measure in c("range", "variance")) {
    for (n in c(0, 1, 4, 9, 17)) {
      levels <- cbind(sample(1:2, n + 1, TRUE), sample(1:3, n + 1, TRUE), sample(1:4, n + 1, TRUE))
      factor_weights <- c(1, 2.5, 0.3)
      given <- sample(seq_along(weights), n, TRUE, weights)
      p <- sample(c(0.7, 0.8, 0.95, 1), 1)
      g <- imbalances(levels, given, weights, factor_weights, measure)
      steps[[length(steps) + 1]] <- list(
        weights = weights, measure = measure, factorWeights = factor_weights, probability = p,
        levels = levels, given = I(given - 1), chances = chances(g, weights, p))
    }
  }
}

# The chance of every allocation of a short sequence of arrivals.
path_chances <- function(levels, weights, p, measure) {
  n <- nrow(levels)
  paths <- as.matrix(expand.grid(rep(list(seq_along(weights)), n)))[, n:1]
  apply(paths, 1, function(path) {
    prod(sapply(seq_len(n), function(i) {
      g <- imbalances(levels, path[seq_len(i - 1)], weights, c(1, 1), measure)
      chances(g, weights, p)[path[i]]
    }))
  })
}
sequences <- list(
  list(weights = c(1, 1), probability = 0.8, measure = "range",
       levels = cbind(c(1, 2, 1, 1, 2, 1), c(1, 1, 2, 1, 2, 2))),
  list(weights = c(1, 2), probability = 0.75, measure = "variance",
       levels = cbind(c(1, 2, 1, 1, 2, 2), c(1, 1, 2, 1, 2, 1))),
  list(weights = c(1, 1, 1), probability = 0.9, measure = "variance",
       levels = cbind(c(1, 1, 2, 1, 2), c(1, 2, 2, 2, 1))))
sequences <- lapply(sequences, function(s)
  c(s, list(chances = path_chances(s$levels, s$weights, s$probability, s$measure))))

# Squared distances between clusters, and the least total of all ways to form sets.
least_total <- function(d, size) {
  best <- function(free) {
    if (length(free) == 0) return(0)
    min(combn(length(free) - 1, size - 1, function(k) {
      set <- free[c(1, k + 1)]
      sum(d[set, set]) / 2 + best(setdiff(free, set))
    }))
  }
  best(seq_len(nrow(d)))
}
matching <- lapply(list(c(6, 2), c(8, 2), c(10, 2), c(9, 3), c(8, 4)), function(shape) {
  n <- shape[1]
  x <- round(rnorm(n, 50, 12), 1)
  y <- round(rexp(n, 0.01))
  kind <- c("high", "low", "medium", sample(c("high", "low", "medium"), n - 3, TRUE))
  columns <- scale(cbind(x, y, kind == "low", kind == "medium"))
  d <- as.matrix(dist(sweep(columns, 2, sqrt(c(1, 2, 0.5, 0.5)), "*")))^2
  list(size = shape[2], x = x, y = y, kind = kind, squared = unname(d),
       least = least_total(unname(d), shape[2]))
})

# Expected correct guesses in a block of shuffled places by going through all its orders.
orders <- function(places) {
  if (sum(places) == 0) return(matrix(0, 1, 0))
  do.call(rbind, lapply(which(places > 0), function(g) {
    rest <- places
    rest[g] <- rest[g] - 1
    cbind(g, orders(rest))
  }))
}
correct <- function(places, clusters) {
  mean(apply(orders(places), 1, function(order) {
    sum(sapply(seq_len(clusters), function(i) {
      given <- tabulate(order[seq_len(i - 1)], length(places))
      behind <- i * places / sum(places) - given
      guess <- which(behind > max(behind) - 1e-9)
      (order[i] %in% guess) / length(guess)
    }))
  }))
}
blocks <- lapply(
  list(list(c(1, 1), 2), list(c(2, 2), 4), list(c(2, 2), 3), list(c(4, 4), 8), list(c(2, 4), 6),
       list(c(2, 4), 4), list(c(2, 2, 2), 6), list(c(1, 2, 3), 6), list(c(2, 2, 2), 1)),
  function(b) list(places = b[[1]], clusters = b[[2]], correct = correct(b[[1]], b[[2]])))

cat(jsonlite::toJSON(
  list(steps = steps, sequences = sequences, matching = matching, blocks = blocks),
  auto_unbox = TRUE, digits = NA, pretty = FALSE))

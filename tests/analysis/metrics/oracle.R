# Quantiles of response times with Woodruff's interval between clusters, computed from raw delays in
# base R 4.2.2. Run: Rscript oracle.R > reference.json
library(jsonlite)

# As the ledger rounds: up to 0.1 s up to a minute, to 1 s up to an hour, to a minute beyond.
rounded <- function(ms) {
  step <- ifelse(ms <= 60000, 100, ifelse(ms <= 3600000, 1000, 60000))
  pmax(step, ceiling(ms / step) * step)
}

quantileAt <- function(times, p) {
  sorted <- sort(times)
  sorted[ceiling(p * length(sorted) * (1 - 1e-12))]
}

woodruff <- function(unit, ms, p, level) {
  times <- rounded(ms)
  q <- quantileAt(times, p)
  y <- tapply(ms <= q, unit, sum)
  n <- tapply(ms, unit, length)
  share <- sum(y) / sum(n)
  h <- n / sum(n)
  # Mancl and DeRouen: each residual divided by 1 - h.
  se <- sqrt(sum(((y - share * n) / (1 - h))^2)) / sum(n)
  reach <- qt(1 - (1 - level) / 2, length(n) - 1) * se / (p * (1 - p))
  ends <- plogis(qlogis(p) + c(-1, 1) * reach)
  list(probability = p, seconds = q / 1000, share = share, standardError = se,
       lower = quantileAt(times, ends[1]) / 1000, upper = quantileAt(times, ends[2]) / 1000)
}

set.seed(20261122)
case <- function(name, sizes, spread, median, level) {
  unit <- rep(seq_along(sizes), sizes)
  shift <- rnorm(length(sizes), 0, spread)
  ms <- round(median * exp(shift[unit] + rnorm(length(unit), 0, 1.2)))
  list(name = name, level = level, unit = unit, ms = ms,
       quantiles = lapply(c(0.1, 0.25, 0.5, 0.9), function(p) woodruff(unit, ms, p, level)))
}

cat(toJSON(list(
  case("twelve practices", c(8, 15, 4, 22, 11, 9, 13, 6, 17, 10, 12, 7), 0.4, 8000, 0.95),
  case("four uneven practices", c(30, 3, 12, 18), 0.8, 4000, 0.9),
  case("slow answers, over minutes and hours", c(9, 14, 7, 11, 16, 8), 0.5, 900000, 0.99),
  case("many small units", rep(c(1, 2, 3), 15), 0.3, 2500, 0.95)
), digits = NA, auto_unbox = TRUE))

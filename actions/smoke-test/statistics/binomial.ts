/** Log of the gamma function for x > 0 (Lanczos, g = 7, n = 9): relative error below 1e-13. */
function logGamma(x: number): number {
  const coefficients = [
    676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
    -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ];
  const shifted = x - 1;
  let sum = 0.99999999999980993;
  for (const [index, coefficient] of coefficients.entries()) sum += coefficient / (shifted + index + 1);
  const t = shifted + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(t) - t + Math.log(sum);
}

/** Lentz's continued fraction of the incomplete beta function; converges fast for x < (a + 1) / (a + b + 2). */
function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const keepAway = (value: number) => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / keepAway(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / keepAway(1 + even * d);
    c = keepAway(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / keepAway(1 + odd * d);
    c = keepAway(1 + odd / c);
    const step = d * c;
    fraction *= step;
    if (Math.abs(step - 1) < 1e-15) break;
  }
  return fraction;
}

/** The regularised incomplete beta function I_x(a, b), which is the tail of a binomial distribution. */
function regularisedBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2)
    ? (front * betaFraction(x, a, b)) / a
    : 1 - (front * betaFraction(1 - x, b, a)) / b;
}

/** P(X ≤ k) of n trials that each hit with probability p. */
export function atMost(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  return k >= n ? 1 : regularisedBeta(1 - p, n - k, k + 1);
}

/** P(X ≥ k) of n trials that each hit with probability p. */
export function atLeast(k: number, n: number, p: number): number {
  if (k <= 0) return 1;
  return k > n ? 0 : regularisedBeta(p, k, n - k + 1);
}

export interface Bounds {
  lower: number;
  upper: number;
}

/**
 * Clopper–Pearson bounds of a proportion, each one-sided at `confidence`: the true proportion is above
 * `upper` (or below `lower`) in at most 1 − confidence of all experiments, whatever n and p are.
 */
export function clopperPearson(hits: number, trials: number, confidence = 0.95): Bounds {
  const alpha = 1 - confidence;
  if (trials === 0) return { lower: 0, upper: 1 };
  return {
    lower: hits === 0 ? 0 : root((p) => atLeast(hits, trials, p) - alpha),
    upper: hits === trials ? 1 : root((p) => alpha - atMost(hits, trials, p)),
  };
}

/** Where an increasing function on [0, 1] crosses zero, by bisection to the last bit that matters. */
function root(increasing: (p: number) => number): number {
  let low = 0;
  let high = 1;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (increasing(middle) < 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

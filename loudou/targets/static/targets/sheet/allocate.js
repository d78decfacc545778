// Largest remainders (M63): the total in whole steps by weights, ties to the earlier part; null where it cannot be.
export function allocate(total, weights, step) {
  const all = weights.reduce((sum, weight) => sum + weight, 0n);
  const size = total < 0n ? -total : total;
  if (all === 0n || size % step !== 0n) return null;
  const steps = size / step;
  const parts = weights.map((weight) => (steps * weight) / all);
  const rest = weights.map((weight, place) => [(steps * weight) % all, place]);
  const left = Number(steps - parts.reduce((sum, part) => sum + part, 0n));
  rest.sort((a, b) => (a[0] === b[0] ? a[1] - b[1] : a[0] < b[0] ? 1 : -1));
  for (const [, place] of rest.slice(0, left)) parts[place] += 1n;
  return parts.map((part) => (total < 0n ? -part : part) * step);
}

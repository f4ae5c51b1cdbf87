/** The media type a client likes best of those we have (RFC 9110 §12.5.1); the first of equals, or of none it accepts. */
export function preferredType<Type extends string>(accept: string | null, types: readonly [Type, ...Type[]]): Type {
  const ranges = (accept ?? "*/*").toLowerCase().split(",").map(parseRange);
  const [first, ...others] = types;
  let best = { type: first, quality: qualityOf(first, ranges) };
  for (const type of others) {
    const quality = qualityOf(type, ranges);
    if (quality > best.quality) best = { type, quality };
  }
  return best.type;
}

/** One media range of an `Accept` header, such as `text/*;q=0.5`. */
interface MediaRange {
  readonly name: string;
  readonly quality: number;
}

/** Parameters other than `q` are passed over: our types have one form each. */
function parseRange(text: string): MediaRange {
  const [name = "", ...parameters] = text.split(";").map((part) => part.trim());
  const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2) ?? "1";
  // A malformed weight counts as 0.
  return { name, quality: /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(weight) ? Number(weight) : 0 };
}

/** The most specific range that fits decides. */
function qualityOf(type: string, ranges: readonly MediaRange[]): number {
  for (const wanted of [type, type.replace(/\/.*/, "/*"), "*/*"]) {
    const fitting = ranges.filter(({ name }) => name === wanted);
    if (fitting.length > 0) return Math.max(...fitting.map(({ quality }) => quality));
  }
  return 0;
}

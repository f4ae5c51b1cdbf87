const unsafeName = /authorization|cookie|signature|token|secret/;
const maxHeaders = 64;
const maxValueLength = 512;

/** The headers that are kept with a delivery to explain it: none that carries a credential, and bounded. */
export function recordedHeaders(headers: Headers): Record<string, string> {
  const kept = [...headers].filter(([name]) => !unsafeName.test(name)).slice(0, maxHeaders);
  return Object.fromEntries(kept.map(([name, value]) => [name, value.slice(0, maxValueLength)]));
}

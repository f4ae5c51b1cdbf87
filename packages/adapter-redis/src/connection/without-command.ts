/** An ioredis error without the command it carries: that of a refused AUTH holds the password. */
export function withoutCommand(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const plain = new Error(error.message);
  plain.name = error.name;
  const code: unknown = Reflect.get(error, "code");
  return typeof code === "string" ? Object.assign(plain, { code }) : plain;
}

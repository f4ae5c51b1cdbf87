import { z } from "zod";
import type { IncomingRequest } from "../http/incoming-request.js";
import { type ProblemPart, problemResponse } from "../http/responses.js";

/** What a route's query may hold: each parameter by its name, parsed from one text. */
export type QueryShape = Readonly<Record<string, z.ZodType<unknown, string>>>;

/** The values that were given. */
export type QueryValues<Shape extends QueryShape> = { readonly [Name in keyof Shape]?: z.output<Shape[Name]> };

/** A parameter that is one of a few words. */
export function oneOf<Words extends Readonly<Record<string, string>>>(words: z.ZodEnum<Words>) {
  return z.enum(words.enum, { error: `expected one of ${words.options.join(", ")}` });
}

/** A parameter that is a text somebody else wrote: a login, a name, words. NUL and its like are in none. */
export const textParameter = z
  .string()
  .regex(/^[^\p{Cc}]{1,200}$/u, "expected 1 to 200 characters without control characters")
  .regex(/\S/, "expected more than blanks");

/** A parameter that is a whole number. */
export function wholeNumber(minimum: number, maximum: number) {
  const error = `expected a whole number from ${minimum} to ${maximum}`;
  return z
    .string()
    .regex(/^\d{1,16}$/, error)
    .transform(Number)
    .pipe(z.number().min(minimum, error).max(maximum, error));
}

/** What every list takes. */
export const pageParameters = { limit: wholeNumber(1, 200), cursor: textParameter };

/** Reads a query, or answers 400 naming everything that is wrong with it at once. A misspelt filter must not match all. */
export function readQuery<Shape extends QueryShape>(
  request: IncomingRequest,
  shape: Shape,
): QueryValues<Shape> | Response {
  const { searchParams } = new URL(request.url);
  const errors: ProblemPart[] = [];
  const values: Record<string, unknown> = {};
  for (const name of new Set(searchParams.keys())) {
    const [given = "", ...others] = searchParams.getAll(name);
    const schema = Object.hasOwn(shape, name) ? shape[name] : undefined;
    const parsed = schema?.safeParse(given);
    if (!parsed) errors.push({ name: nameOf(name), detail: `unknown; allowed are ${Object.keys(shape).join(", ")}` });
    else if (others.length > 0) errors.push({ name, detail: "given more than once" });
    else if (!parsed.success) errors.push({ name, detail: parsed.error.issues[0]?.message ?? "not allowed" });
    else values[name] = parsed.data;
  }
  return errors.length > 0 ? respondParameters(errors) : (values as QueryValues<Shape>);
}

/** A name that was sent, if it looks like one. */
function nameOf(name: string): string {
  return /^[\w.-]{1,40}$/.test(name) ? name : "?";
}

/** 400 for wrong parameters. */
export function respondParameters(errors: readonly ProblemPart[]): Response {
  return problemResponse({
    status: 400,
    code: "PARAMETER_INVALID",
    title: "Invalid parameter",
    detail: errors.map(({ name, detail }) => `${name}: ${detail}`).join("; "),
    errors,
  });
}

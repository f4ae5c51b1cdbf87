import { z } from "zod";

/**
 * A part that a factory is composed with, known by its methods; it is taken as it is.
 *
 * @param expected - what it must be, for the error: `a Logger`, say
 */
export function portSchema<Part>(expected: string, methods: readonly (keyof Part & string)[]): z.ZodType<Part, Part> {
  const isPart = (value: unknown): boolean =>
    typeof value === "object" &&
    value !== null &&
    methods.every((name) => typeof Reflect.get(value, name) === "function");
  return z.custom<Part>(isPart, `expected ${expected}, with ${methods.join(", ")}`);
}

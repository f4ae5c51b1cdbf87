import type { z } from "zod";

/**
 * The fields of a schema for a type that is written by hand, so that people see its docs: a field that is missing, left over or
 * of another type does not compile.
 *
 * @example
 * const pointSchema = z.object({ x: z.number(), y: z.number() } satisfies ShapeOf<Point>);
 */
export type ShapeOf<Type> = {
  readonly [Key in keyof Type]-?: z.ZodType<Type[Key] | (object extends Pick<Type, Key> ? undefined : never)>;
};

import { z } from "zod";
import type { Clock } from "../ports/clock.js";

const isClock = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "now" in value && "monotonicMs" in value && "sleep" in value;

/** A clock among a factory's options. */
export const clockSchema = z.custom<Clock>(isClock, "expected a Clock");

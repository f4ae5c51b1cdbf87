import { AgentBotError } from "@agentbot/core";
import { storableParameter } from "./sql.js";
import type { SqlParameter } from "./sql-database.js";

type Parser = (text: string) => unknown;

// Numbers that a double cannot hold exactly come as BigInt.
const parseInteger: Parser = (text) => (Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text));
const parseJson: Parser = (text) => JSON.parse(text);
const parseBytes: Parser = (text) => new Uint8Array(Buffer.from(text.slice(2), "hex"));
const keepText: Parser = (text) => text;

const timePattern = /^(\d{4,6}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d{1,3})?\d*([+-]\d\d)(:\d\d)?/;

/** ISO style in any time zone; what no `Date` can hold is an invalid one, and `infinity` a number. */
function parseTime(text: string): unknown {
  if (/^-?infinity$/.test(text)) return text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const [, day, time, fraction = "", hours, minutes = ":00"] = timePattern.exec(text) ?? [];
  return new Date(`${day}T${time}${fraction}${hours}${minutes}`);
}

/** A list of one dimension, `{a,"b \" c",NULL}`. */
function parseList(parseItem: Parser): Parser {
  return (text) =>
    [...text.slice(1, -1).matchAll(/"((?:[^"\\]|\\.)*)"|([^,]+)/gs)].map(([, quoted, plain]) => {
      if (quoted !== undefined) return parseItem(quoted.replace(/\\(.)/gs, "$1"));
      return plain === undefined || plain === "NULL" ? null : parseItem(plain);
    });
}

/** By the ids of `pg_type`, which are the same in every PostgreSQL. */
const parsers: Readonly<Record<number, Parser>> = {
  16: (text) => text === "t",
  17: parseBytes,
  20: parseInteger,
  21: Number,
  23: Number,
  114: parseJson,
  700: Number,
  701: Number,
  1009: parseList(keepText),
  1016: parseList(parseInteger),
  1184: parseTime,
  3802: parseJson,
};

/**
 * How the columns of a row become values, whatever the types of the user's own pool are set to: the same as embedded.
 * Types that are not listed stay text, `numeric` for one, to keep it exact.
 */
export const postgresTypes = Object.freeze({
  getTypeParser(oid: number, format = "text"): Parser {
    if (format === "text") return parsers[oid] ?? keepText;
    return () => {
      throw new AgentBotError("CONFIGURATION_INVALID", "pool: expected one without `binary: true`.");
    };
  },
});

/** A parameter in the one form that `pg` leaves as it is, whatever its settings are. */
export function postgresParameter(parameter: SqlParameter): unknown {
  const storable = storableParameter(parameter);
  return storable instanceof Date ? storable.toISOString() : storable;
}

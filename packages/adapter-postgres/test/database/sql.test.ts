import { describe, expect, test } from "vitest";
import { allOf, sql, toStatement } from "../../src/database/sql.js";

describe("sql", () => {
  test("makes a parameter of every value, never text", () => {
    const evil = "'; DROP TABLE tasks; --";
    expect(toStatement(sql`SELECT ${evil}, ${7}::integer`)).toEqual({
      text: "SELECT $1, $2::integer",
      parameters: [evil, 7],
    });
  });

  test("splices fragments in and numbers their values in order", () => {
    const inner = sql`b = ${2} AND c = ${null}`;
    expect(toStatement(sql`a = ${1} AND (${inner}) AND d = ${["x"]}`)).toEqual({
      text: "a = $1 AND (b = $2 AND c = $3) AND d = $4",
      parameters: [1, 2, null, ["x"]],
    });
    expect(toStatement(sql`${sql`${sql`${5}`}`}`)).toEqual({ text: "$1", parameters: [5] });
  });

  test("joins any number of conditions", () => {
    expect(toStatement(allOf([])).text).toBe("TRUE");
    expect(toStatement(allOf([sql`a = ${1}`, sql`b`])).text).toBe("TRUE AND a = $1 AND b");
  });
});

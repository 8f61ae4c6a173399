// graphql-js on schema.graphql, and on what introspection says: both valid, and the same.
import {
  buildClientSchema, buildSchema, getIntrospectionQuery, lexicographicSortSchema, parse, print, printSchema,
  validateSchema, visit,
} from "graphql";
import { without } from "../gateways.mjs";

export default async function schema({ sdl, ask, check }) {
  const published = buildSchema(sdl);
  const errors = validateSchema(published);
  check("schema.graphql is valid", errors.length === 0, errors.join("\n"));

  const answer = await ask(getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true }));
  if (!check("introspection answers", !answer.errors, JSON.stringify(answer.errors))) return;
  const live = buildClientSchema(answer.data);
  const wrong = validateSchema(live);
  check("introspection is valid", wrong.length === 0, wrong.join("\n"));

  const [mine, theirs] = [lines(published), lines(live)];
  const at = mine.findIndex((line, place) => line !== theirs[place]);
  const near = (all) => all.slice(Math.max(0, at - 3), at + 3).join("\n");
  check(
    "schema.graphql and introspection say the same",
    at < 0 && mine.length === theirs.length,
    `schema.graphql, sorted:\n${near(mine)}\nintrospection:\n${near(theirs)}`,
  );
}

/** The sorted schema, without what introspection does not show and what is there only for gateways. */
function lines(schema) {
  const document = without(parse(printSchema(lexicographicSortSchema(schema))));
  return print(visit(document, { DirectiveDefinition: () => null })).split("\n");
}

// graphql-js on schema.graphql, and on what introspection says: both valid, and the same.
import {
  buildClientSchema, buildSchema, getIntrospectionQuery, lexicographicSortSchema, printSchema, validateSchema,
} from "graphql";

export default async function schema({ sdl, ask, check }) {
  const published = buildSchema(sdl);
  const errors = validateSchema(published);
  check("schema.graphql is valid", errors.length === 0, errors.join("\n"));

  const answer = await ask(getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true }));
  if (!check("introspection answers", !answer.errors, JSON.stringify(answer.errors))) return;
  const live = buildClientSchema(answer.data);
  const wrong = validateSchema(live);
  check("introspection is valid", wrong.length === 0, wrong.join("\n"));
  const [mine, theirs] = [published, live].map((one) => printSchema(lexicographicSortSchema(one)).split("\n"));
  const at = mine.findIndex((line, place) => line !== theirs[place]);
  check(
    "schema.graphql and introspection say the same",
    at < 0 && mine.length === theirs.length,
    `line ${at + 1} of the sorted schemas:\n${mine.slice(at - 3, at + 3).join("\n")}\n--- and introspection:\n${theirs.slice(at - 3, at + 3).join("\n")}`,
  );
}

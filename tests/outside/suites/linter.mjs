// graphql-schema-linter: Relay's connections to the letter, a description on everything, names as agreed.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, print } from "graphql";
import { without } from "../gateways.mjs";

const rules = [
  "relay-connection-types-spec",
  "relay-connection-arguments-spec",
  "relay-page-info-spec",
  "types-have-descriptions",
  "fields-have-descriptions",
  "arguments-have-descriptions",
  "enum-values-have-descriptions",
  "input-object-values-have-descriptions",
  "enum-values-all-caps",
  "fields-are-camel-cased",
  "input-object-values-are-camel-cased",
  "types-are-capitalized",
  "deprecations-have-a-reason",
  "defined-types-are-used",
];

export default async function linter({ here, folder, sdl, check }) {
  const file = join(folder, "linted.graphql");
  writeFileSync(file, print(without(parse(sdl))));
  const run = spawnSync(
    process.execPath,
    [
      join(here, "node_modules/graphql-schema-linter/lib/cli.js"),
      "--rules", rules.join(","), "--format", "json", file,
    ],
    { cwd: here, encoding: "utf8", maxBuffer: 1 << 28 },
  );
  const { errors } = JSON.parse(run.stdout);
  for (const rule of rules) {
    const broken = errors.filter((error) => error.rule === rule);
    const lines = broken.slice(0, 5).map((error) => error.message);
    check(rule, broken.length === 0, `${broken.length} in all\n${lines.join("\n")}`);
  }
  const others = errors.filter((error) => !rules.includes(error.rule));
  check("nothing else", others.length === 0, others.slice(0, 5).map((error) => error.message).join("\n"));
}

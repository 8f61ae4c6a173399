// graphql-codegen's TypeScript over the schema, the demo's queries, the cases of the tests and the documents beside
// this suite; then the TypeScript compiler over what it made.
import { readFileSync, readdirSync, existsSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join, relative } from "node:path";
import { spawnSync } from "node:child_process";
import { buildASTSchema, parse, visit } from "graphql";
import { without } from "../gateways.mjs";

const require = createRequire(import.meta.url);
const { codegen } = require("@graphql-codegen/core");
const pluginMap = {
  typescript: require("@graphql-codegen/typescript"),
  operations: require("@graphql-codegen/typescript-operations"),
};

export default async function run({ root, here, folder, sdl, check }) {
  const documents = [join(root, "demo"), join(here, "documents")].flatMap(files).map((file) => ({
    location: file,
    document: renamed(parse(readFileSync(file, "utf8")), relative(root, file)),
  }));
  console.log(`        ${documents.length} documents`);
  const ofDemo = documents.filter(({ location }) => location.startsWith(join(root, "demo")));
  check("five of the demo's queries are among them", ofDemo.length >= 5, `there are ${ofDemo.length}`);
  const schema = without(parse(sdl));
  const filename = join(folder, "graph.ts");
  try {
    writeFileSync(filename, await codegen({
      filename,
      schema,
      schemaAst: buildASTSchema(schema),
      documents,
      plugins: [{ typescript: {} }, { operations: {} }],
      pluginMap,
      config: { strictScalars: true, scalars: { BigInt: "number", Date: "string", DateTime: "string", Decimal: "number", JSON: "unknown" }, enumsAsTypes: true },
    }));
  } catch (error) {
    check("codegen accepts the schema and the documents", false, error.errors?.join("\n") ?? error.stack);
    return;
  }
  check("codegen accepts the schema and the documents", true);
  const tsc = spawnSync(
    process.execPath,
    [join(here, "node_modules/typescript/bin/tsc"), "--noEmit", "--strict", "--target", "es2022", filename],
    { cwd: folder, encoding: "utf8" },
  );
  check("the TypeScript it makes compiles", tsc.status === 0, tsc.stdout.split("\n").slice(0, 20).join("\n"));
}

function files(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return files(path);
    return entry.name.endsWith(".graphql") ? [path] : [];
  });
}

/** Names an operation that has none after its file, since generated types need one. */
function renamed(document, file) {
  const value = basename(file, ".graphql").replace(/[^A-Za-z0-9]+(.)?/g, (_, next = "") => next.toUpperCase());
  return visit(document, {
    OperationDefinition: (node) => (node.name ? node : { ...node, name: { kind: "Name", value: `Q${value}` } }),
  });
}

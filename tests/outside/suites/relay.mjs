// relay-compiler on a small project: pages at the root and on an edge, and fragments fetched again through node(id).
import { spawnSync } from "node:child_process";
import { cpSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export default async function relay({ here, folder, sdl, check }) {
  const project = join(folder, "relay");
  cpSync(join(here, "relay"), project, { recursive: true });
  writeFileSync(join(project, "schema.graphql"), sdl);
  const run = spawnSync(
    process.execPath,
    [join(here, "node_modules/relay-compiler/cli.js"), join(project, "relay.config.json"), "--output", "verbose"],
    { cwd: project, encoding: "utf8", env: { ...process.env, CI: "" } },
  );
  if (!check("relay-compiler accepts the project", run.status === 0, run.stdout + run.stderr)) return;
  const made = readdirSync(join(project, "src/__generated__"));
  for (const name of ["LibraryPaginationQuery", "UsagesPaginationQuery", "CampaignHeaderRefetchQuery"]) {
    check(`it made ${name}`, made.includes(`${name}.graphql.ts`), made.join(" "));
  }
}

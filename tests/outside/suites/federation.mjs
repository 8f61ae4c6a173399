// Composition with another subgraph, by The Guild's library (MIT; Apollo's own is Elastic-2.0), and `_entities`.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { composeServices } from "@theguild/federation-composition";
import { parse } from "graphql";

export default async function federation({ here, ask, check }) {
  const service = await ask("{ _service { sdl } }");
  const sdl = service.data?._service?.sdl;
  if (!check("_service answers", Boolean(sdl), JSON.stringify(service.errors))) return;
  const other = readFileSync(join(here, "reviews.graphql"), "utf8");
  const result = composeServices([
    { name: "weft", url: "http://weft.invalid/graphql", typeDefs: parse(sdl) },
    { name: "reviews", url: "http://reviews.invalid/graphql", typeDefs: parse(other) },
  ]);
  const errors = (result.errors ?? []).map((error) => error.message);
  if (check("it composes with another subgraph", errors.length === 0, errors.slice(0, 10).join("\n"))) {
    const asset = parse(result.supergraphSdl).definitions.find((node) => node.name?.value === "Asset");
    const graphs = asset.directives
      .filter((directive) => directive.name.value === "join__type")
      .map((directive) => directive.arguments.find(({ name }) => name.value === "graph").value.value);
    check("Asset is an entity of both", ["REVIEWS", "WEFT"].every((graph) => graphs.includes(graph)), graphs.join());
    check("Asset has the other's field", asset.fields.some((field) => field.name.value === "pressReviews"));
  }

  const page = await ask("{ assets(first: 2) { nodes: edges { node { id title } } } campaigns(first: 1) { edges { node { id name } } } }");
  const [first, second] = page.data.assets.nodes.map(({ node }) => node);
  const campaign = page.data.campaigns.edges[0].node;
  const entities = await ask(
    "query ($of: [_Any!]!) { _entities(representations: $of) { __typename ... on Asset { id title } ... on Campaign { id name } } }",
    {
      of: [
        { __typename: "Asset", id: second.id },
        { __typename: "Campaign", id: campaign.id },
        { __typename: "Asset", id: "bm9ib2R5" },
        { __typename: "Asset", id: first.id },
      ],
    },
  );
  const expected = [{ __typename: "Asset", ...second }, { __typename: "Campaign", ...campaign }, null, { __typename: "Asset", ...first }];
  const got = entities.data?._entities;
  const same = (one, other) => one === other || (one && other && Object.keys(other).every((key) => one[key] === other[key]));
  check(
    "_entities answers in order, and null for what is not there",
    got?.length === 4 && expected.every((entity, place) => same(got[place], entity)),
    JSON.stringify(entities, null, 2),
  );
}

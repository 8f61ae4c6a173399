// What stands in a subgraph's schema only for gateways, named and undescribed as Federation's specification has it.
import { visit } from "graphql";

const names = ["_Any", "_Entity", "_Service", "_entities", "_service"];
const drop = (node) => (names.includes(node.name.value) ? null : undefined);

/** The document of a schema without it. */
export function without(document) {
  return visit(document, {
    ScalarTypeDefinition: drop,
    UnionTypeDefinition: drop,
    ObjectTypeDefinition: drop,
    FieldDefinition: drop,
  });
}

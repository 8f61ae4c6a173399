// GraphQL over HTTP, by the audits of npm graphql-http: every MUST, and at least 60 of all 61.
import { serverAudits } from "graphql-http";

export default async function http({ url, check }) {
  const results = [];
  for (const audit of serverAudits({ url, fetchFn: fetch })) results.push(await audit.fn());
  const count = { MUST: [0, 0], SHOULD: [0, 0], MAY: [0, 0] };
  const failures = [];
  for (const result of results) {
    const [level] = result.name.split(" ");
    count[level][1] += 1;
    if (result.status === "ok") count[level][0] += 1;
    else failures.push(`${result.id} ${result.name}: ${result.reason}`);
  }
  const ok = Object.values(count).reduce((sum, [good]) => sum + good, 0);
  const told = Object.entries(count).map(([level, [good, all]]) => `${level} ${good}/${all}`).join(", ");
  console.log(`        ${told}, ${ok}/${results.length} in all`);
  for (const failure of failures) console.log(`        - ${failure}`);
  check("the audit has the 61 checks that the marks speak of", results.length === 61, `it has ${results.length}`);
  check("every MUST", count.MUST[0] === count.MUST[1] && count.MUST[1] === 13, failures.join("\n"));
  check("at least 60 of 61", ok >= 60, failures.join("\n"));
}

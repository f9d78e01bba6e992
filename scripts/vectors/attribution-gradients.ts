/** Writes the gradients that scripts/vectors/score_with_dattri.py scores: `npx tsx scripts/vectors/attribution-gradients.ts > FILE`. */
import { tinyGradients } from "../../bench/attribution/baselines/tiny-gradients.js";

const { layers, members } = await tinyGradients();
const plain = members.map(({ rows, queries, doubt }) => ({ rows: rows.map((v) => [...v]), queries: queries.map((v) => [...v]), doubt }));
process.stdout.write(JSON.stringify({ layers, members: plain }));

"use strict";
// Pairs of a school in need and a partner: whose they are, how far apart, whether alike, and which stand in whose list.
// `its`: the data of a phase (scripts/map_pairs.py, which has put them in order). A pair is its position in the lists.

const WHOSE = 4; // as many answers to whose a partner is; the parts of likeness follow them in `traits`
const [UNLIKE, NOT_KNOWN, ALIKE] = [0, 1, 2];
const NEAR = { all: UNLIKE, possible: NOT_KNOWN, alike: ALIKE }; // the least likeness that a choice of partners shows

/** The pairs of a school in need, in the order of its shortlist. */
const pairsOf = (need, n) => Array.from({ length: need.start[n + 1] - need.start[n] }, (_, k) => need.start[n] + k);

/** What is worked out once of a phase: the school in need of each pair, and each helper's pairs in the order of its
 * list. */
function listsOf(its) {
  if (its.lists) return its.lists;
  const { need } = its;
  const owner = need.school.flatMap((_, n) => pairsOf(need, n).map(() => n));
  const of = new Map();
  need.partner.forEach((i, pair) => (of.has(i) ? of.get(i).push(pair) : of.set(i, [pair])));
  for (const pairs of of.values()) pairs.sort((a, b) => need.turn[a] - need.turn[b]);
  its.lists = { owner, of };
  return its.lists;
}

const helpedBy = (its, i) => listsOf(its).of.get(i) || [];
const whoseOf = (its, pair) => its.need.traits[pair] % WHOSE;

/** Of each part of likeness, and of all together: whether it holds of a pair. */
function likenessOf(its, pair) {
  const parts = its.parts.map((_, at) => Math.floor(its.need.traits[pair] / WHOSE / 3 ** at) % 3);
  return [Math.min(ALIKE, ...parts), parts];
}

/** Metres between the two. */
function metresOf(its, pair) {
  const { need, schools } = its;
  const [i, j] = [need.school[listsOf(its).owner[pair]], need.partner[pair]];
  return Math.hypot(schools.x[i] - schools.x[j], schools.y[i] - schools.y[j]);
}

/** The pair that a school in need is paired by where a helper takes at most `most`; null if it is left over. */
function pairedBy({ need }, n, most) {
  const offset = need[`paired_${most}`][n];
  return offset === null ? null : need.start[n] + offset;
}

/** Why a school in need is left over, as a key: paired, taken, none or unplaced. */
function outcomeOf(its, n, most) {
  if (!its.need.placed[n]) return "unplaced";
  if (pairedBy(its, n, most) !== null) return "paired";
  return its.need.start[n] === its.need.start[n + 1] ? "none" : "taken";
}

/** The pairs round what is chosen, a school in need or else a helper, of those that are near enough in kind. */
function pairsShown(its, { school, helper, near }) {
  const pairs = helper !== null ? helpedBy(its, helper) : pairsOf(its.need, school);
  return near === "all" ? pairs : pairs.filter((pair) => likenessOf(its, pair)[0] >= NEAR[near]);
}

// Who could have approved at an instant, and who not and why: by what was kept with the request, and by the same rules that judge each word (I6).

import { mayDecideAt, placeOf, standingOf, type StepStanding, type VotingFacts } from './approvalRules.js';
import { delegatorsOf } from './delegation.js';

export interface PersonAt {
  name: string;
  roles: string[];
  /** Whose word they would have given; null: their own. */
  onBehalfOf: string | null;
  /** Steps that they could have decided, in turn or not. */
  steps: string[];
  /** Whether an approval would have counted at that instant. */
  counts: boolean;
  /** Why not; empty where it would have. */
  reasons: string[];
}

/** Everybody whom policy knew, and once more for each person whose delegation they held. Votes after the instant are left out. */
export function eligibleAt(given: VotingFacts, at: string): { standing: StepStanding[]; people: PersonAt[] } {
  const facts = { ...given, votes: given.votes.filter((vote) => Date.parse(vote.at) <= Date.parse(at)) };
  const standing = standingOf(facts);
  const people = facts.people.flatMap((person) => {
    const others = delegatorsOf(facts.delegations, person.name, facts.category, at);
    return [null, ...others].map((onBehalfOf): PersonAt => {
      const place = placeOf(facts, { by: person.name, onBehalfOf, verdict: 'approve' }, at);
      const voter = facts.people.find((one) => one.name === (onBehalfOf ?? person.name));
      const theirs = facts.steps.filter(
        (step, index) =>
          voter !== undefined && mayDecideAt(step, standing[index]?.since ?? null, voter, facts.owners, at),
      );
      return {
        name: person.name,
        roles: person.roles,
        onBehalfOf,
        steps: theirs.map((step) => step.name),
        counts: place.kind === 'counts',
        reasons: place.kind === 'counts' ? [] : place.reasons,
      };
    });
  });
  return { standing, people };
}

/** What the job spec or the command line asks for. */
export const JOB_SPEC = {
  JOB_SPEC_INVALID: {
    severity: 'error',
    summary: 'The job spec is no YAML or JSON, or says something that is not known.',
    remedy: 'Mend what the message names; job-spec.md shows every key.',
  },
  JOB_SPEC_SEVERAL: {
    severity: 'error',
    summary: 'The drop has more than one job spec.',
    remedy: 'Keep one of them.',
  },
  TARGET_UNKNOWN: {
    severity: 'error',
    summary: 'A target names a provider that finedrop does not have.',
    remedy: 'Choose one of those that the hint names.',
  },
  TARGET_NOT_ALLOWED: {
    severity: 'error',
    summary: 'The operator does not allow this target.',
    remedy: 'Choose another target, or ask whoever runs finedrop.',
  },
  TARGETS_UNNAMED: {
    severity: 'error',
    summary: 'The drop does not say where to train, and the operator allows more than one target.',
    remedy: 'Name the targets in finedrop.yaml.',
  },
  TARGET_NOT_CONFIGURED: {
    severity: 'error',
    summary: 'A setting without which this provider trains nothing is missing.',
    remedy: 'Ask whoever runs finedrop to set it, or choose another target.',
  },
  MODEL_UNKNOWN: {
    severity: 'error',
    summary: 'The provider lists no tunable model of this name.',
    remedy: 'Choose one of those that the hint names.',
  },
  MODEL_ENDED: {
    severity: 'error',
    summary: 'The model takes no new jobs any more.',
    remedy: 'Choose a model that stays; finedrop targets lists them.',
  },
  MODEL_ENDING: {
    severity: 'warning',
    summary: 'The model takes no new jobs from a day that is near.',
    remedy: 'Choose a model that stays, or train before that day.',
  },
  HYPERPARAMETER_UNKNOWN: {
    severity: 'error',
    summary: 'The provider has no hyperparameter of this name.',
    remedy: 'Use one of those that docs/providers lists, spelled as there.',
  },
  HYPERPARAMETER_RANGE: {
    severity: 'error',
    summary: 'The value of a hyperparameter is not one that the provider takes.',
    remedy: 'Use a value within what the message names.',
  },
  LIMIT_UNKNOWN: {
    severity: 'error',
    summary: 'A target’s `limits` name a limit that no source disputes for its model, or that it does not have.',
    remedy: 'Set one that the hint names, or leave it out; what no source takes cannot be allowed.',
  },
  LIMIT_VALUE: {
    severity: 'error',
    summary: 'A limit is looser than the looser of the two sources that differ on it, or stricter than the stricter.',
    remedy: 'Write a value that the message names.',
  },
  LIMIT_SET_ASIDE: {
    severity: 'info',
    summary: 'The job spec lets the looser of two sources hold, which the provider may not.',
    remedy: 'Nothing, unless the job fails for it: then leave `limits` out.',
  },
  TAG_INVALID: {
    severity: 'error',
    summary: 'A tag has a name or a value that its provider does not take, or a name that finedrop keeps for itself.',
    remedy: 'Write what the hint says: OpenAI, Vertex AI and Bedrock take different characters.',
  },
  TAGS_TOO_MANY: {
    severity: 'error',
    summary: 'A target has more tags than a job takes at its provider.',
    remedy: 'Leave some of them out.',
  },
  SUFFIX_LENGTH: {
    severity: 'error',
    summary: 'The suffix of the tuned model’s name is too long.',
    remedy: 'Shorten it to what the message names.',
  },
  SUFFIX_CHARACTERS: {
    severity: 'error',
    summary: 'The suffix has characters that a model’s name cannot have.',
    remedy: 'Use letters and digits, with single "-" or "_" between them.',
  },
  ADAPT_OPTION_UNKNOWN: {
    severity: 'error',
    summary: 'The target has no conversion option of this name.',
    remedy: 'Use one that the hint names, or remove it.',
  },
  ADAPT_OPTION_VALUE: {
    severity: 'error',
    summary: 'A conversion option has a value that the target does not know.',
    remedy: 'Use a value that the hint names.',
  },
  ADAPTATION_OFF: {
    severity: 'error',
    summary: 'The target needs the file or the chat changed, and `adapt` in the job spec does not allow this change.',
    remedy: 'Allow it by the level that the hint names, or make the change in the drop.',
  },
} as const;

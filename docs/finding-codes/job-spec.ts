/** What the job spec or the command line asks for. */
export const JOB_SPEC = {
  JOB_SPEC_INVALID: {
    severity: 'error',
    summary: 'The job spec is no YAML or JSON, or says something that is not known.',
    remedy: 'Mend what the message names; job-spec.md shows every key.',
    example:
      'finedrop.yaml: "policy.maxRejcted" is not a key of the job spec. Did you mean "maxRejected"? Known here: maxRejected, maxExcluded',
  },
  JOB_SPEC_SEVERAL: {
    severity: 'error',
    summary: 'The drop has more than one job spec.',
    remedy: 'Keep one of them.',
    example: 'finedrop.yaml: the drop has several job specs: "finedrop.json" and "finedrop.yaml"',
  },
  TARGET_UNKNOWN: {
    severity: 'error',
    summary: 'A target names a provider that finedrop does not have.',
    remedy: 'Choose one of those that the hint names.',
    example: 'finedrop.yaml: there is no provider "openia"',
  },
  TARGET_NOT_ALLOWED: {
    severity: 'error',
    summary: 'The operator does not allow this target.',
    remedy: 'Choose another target, or ask whoever runs finedrop.',
    example: 'finedrop.yaml: the operator does not allow the target "vertex:gemini-3.1-flash-lite"',
  },
  TARGETS_UNNAMED: {
    severity: 'error',
    summary: 'The drop does not say where to train, and the operator allows more than one target.',
    remedy: 'Name the targets in finedrop.yaml.',
    example: 'finedrop.yaml: the drop does not say where to train, and each job costs money',
  },
  TARGET_NOT_CONFIGURED: {
    severity: 'error',
    summary: 'A setting without which this provider trains nothing is missing.',
    remedy: 'Ask whoever runs finedrop to set it, or choose another target.',
    example: 'finedrop.yaml: nothing can be trained at OpenAI yet: OPENAI_API_KEY is not set',
  },
  MODEL_UNKNOWN: {
    severity: 'error',
    summary: 'The provider lists no tunable model of this name.',
    remedy: 'Choose one of those that the hint names.',
    example: 'finedrop.yaml: OpenAI lists no tunable model "gpt-0"',
  },
  MODEL_ENDED: {
    severity: 'error',
    summary: 'The model takes no new jobs any more.',
    remedy: 'Choose a model that stays; finedrop targets lists them.',
    example: 'finedrop.yaml: gemini-2.5-flash takes no new jobs since 2026-10-16',
  },
  MODEL_ENDING: {
    severity: 'warning',
    summary: 'The model takes no new jobs from a day that is near.',
    remedy: 'Choose a model that stays, or train before that day.',
    example: 'finedrop.yaml: gpt-4o-2024-08-06 takes no new jobs from 2027-01-06: 44 days from now',
  },
  RETRAIN_FROM_BASE: {
    severity: 'warning',
    summary:
      'The drop asks to train its current model further, which cannot be: no page says that tuned models of this kind go on, or the current one was made of another base model.',
    remedy: 'Leave out from: last for this target, or choose a model that goes on; finedrop targets lists them.',
    example:
      'vertex only: no page says that a tuned gemini-3.5-flash-lite can be trained further, so that each training begins from scratch',
  },
  HYPERPARAMETER_UNKNOWN: {
    severity: 'error',
    summary: 'The provider has no hyperparameter of this name.',
    remedy: 'Use one of those that docs/providers lists, spelled as there.',
    example: 'finedrop.yaml: "epochs" is no hyperparameter of OpenAI',
  },
  HYPERPARAMETER_RANGE: {
    severity: 'error',
    summary: 'The value of a hyperparameter is not one that the provider takes.',
    remedy: 'Use a value within what the message names.',
    example: 'finedrop.yaml: n_epochs is 51; OpenAI takes a whole number from 1 to 50 or "auto"',
  },
  LIMIT_UNKNOWN: {
    severity: 'error',
    summary: 'A target’s `limits` name a limit that no source disputes for its model, or that it does not have.',
    remedy: 'Set one that the hint names, or leave it out; what no source takes cannot be allowed.',
    example: 'finedrop.yaml: "limits.maxImages" cannot be set for bedrock:amazon.nova-2-lite-v1:0:256k',
  },
  LIMIT_VALUE: {
    severity: 'error',
    summary: 'A limit is looser than the looser of the two sources that differ on it, or stricter than the stricter.',
    remedy: 'Write a value that the message names.',
    example:
      'finedrop.yaml: "limits.minRows" is 7, which no source has: 200 by github.com/aws-samples/amazon-nova-samples, nova_ft_dataset_validator.py at 1e88f24 (2026-11-01), and 8 by docs.aws.amazon.com/bedrock/latest/userguide/custom-model-fine-tuning.html (2026-11-01)',
  },
  LIMIT_SET_ASIDE: {
    severity: 'info',
    summary: 'The job spec lets the looser of two sources hold, which the provider may not.',
    remedy: 'Nothing, unless the job fails for it: then leave `limits` out.',
    example:
      'finedrop.yaml: "limits.minRows" is 8 for bedrock:amazon.nova-2-lite-v1:0:256k: the job spec sets the stricter rule aside, 200 by github.com/aws-samples/amazon-nova-samples, nova_ft_dataset_validator.py at 1e88f24 (2026-11-01)',
  },
  TAG_INVALID: {
    severity: 'error',
    summary: 'A tag has a name or a value that its provider does not take, or a name that finedrop keeps for itself.',
    remedy: 'Write what the hint says: OpenAI, Vertex AI and Bedrock take different characters.',
    example: 'finedrop.yaml: the tag "Team" cannot be named so at Vertex AI',
  },
  TAGS_TOO_MANY: {
    severity: 'error',
    summary: 'A target has more tags than a job takes at its provider.',
    remedy: 'Leave some of them out.',
    example: 'finedrop.yaml: there are 17 tags; a job at OpenAI takes 14',
  },
  SUFFIX_LENGTH: {
    severity: 'error',
    summary:
      'The suffix of the tuned model’s name is too long: a second look, for in a job spec JOB_SPEC_INVALID says so first.',
    remedy: 'Shorten it to what the message names.',
    example: 'the suffix has 66 characters; OpenAI takes 1 to 64',
  },
  SUFFIX_CHARACTERS: {
    severity: 'error',
    summary: 'The suffix has characters that a model’s name cannot have.',
    remedy: 'Use letters and digits, with single "-" or "_" between them.',
    example: 'finedrop.yaml: the suffix "owls!" cannot be part of a model’s name on Bedrock',
  },
  ADAPT_OPTION_UNKNOWN: {
    severity: 'error',
    summary: 'The target has no conversion option of this name.',
    remedy: 'Use one that the hint names, or remove it.',
    example: 'finedrop.yaml: "pdfPages" is no conversion option of the Vertex AI target',
  },
  ADAPT_OPTION_VALUE: {
    severity: 'error',
    summary: 'A conversion option has a value that the target does not know.',
    remedy: 'Use a value that the hint names.',
    example: 'finedrop.yaml: adapt.frames has a value that the OpenAI target does not know',
  },
  ADAPTATION_OFF: {
    severity: 'error',
    summary: 'The target needs the file or the chat changed, and `adapt` in the job spec does not allow this change.',
    remedy: 'Allow it by the level that the hint names, or make the change in the drop.',
    example:
      'train.csv, row 1, files, part 1, openai only: the text file would have to be put into the prompt as text for this target (text-inlined), which adapt: none does not allow',
  },
} as const;

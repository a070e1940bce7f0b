/** When the pages were read. */
export const AS_OF = '2026-11-01';

/** Where the facts on Nova stand, by a short name each. */
export const SOURCES = {
  models: 'docs.aws.amazon.com/bedrock/latest/userguide/custom-model-fine-tuning.html',
  dataGuide: 'docs.aws.amazon.com/nova/latest/userguide, fine-tune-prepare-data-understanding',
  nova2Guide: 'docs.aws.amazon.com/nova/latest/nova2-userguide, nova-data-prep-sft-2',
  nova2OnBedrock: 'docs.aws.amazon.com/bedrock/latest/userguide, nova-2-sft-data-prep',
  hyperparameters: 'docs.aws.amazon.com/bedrock/latest/userguide, custom-models-hp and cm-hp-nova-mm',
  imageTokens: 'docs.aws.amazon.com/nova/latest/userguide, modalities-image',
  submission: 'docs.aws.amazon.com/bedrock/latest/userguide/model-customization-submit.html',
  deployment: 'docs.aws.amazon.com/bedrock/latest/userguide, deploy-custom-model-on-demand',
  lifecycle: 'docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle.html, as read by a third party',
  serviceModel: 'service model of Bedrock, botocore 1.43.67',
  validator: 'github.com/aws-samples/amazon-nova-samples, nova_ft_dataset_validator.py at 1e88f24',
  forgeChecks: 'Nova Forge SDK, dataset checks',
  userBill: 'a bill of 2025-05 that a user published',
  priceQuery: 'third-party query of the AWS price list, 2026-08-02',
  recalled: 'recalled',
} as const;

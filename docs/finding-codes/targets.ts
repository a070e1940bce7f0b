/** What one target cannot take, or takes otherwise: such findings name the target, and exclude rows from it alone. */
export const TARGETS = {
  MODALITY_UNSUPPORTED: {
    severity: 'error',
    summary: 'The target takes no files of this kind.',
    remedy: 'Choose a target that takes them, or give the file in another form.',
    example: 'train.csv, row 1, files, part 1, openai only: OpenAI fine-tuning takes no audio, only text and images',
  },
  IMAGE_TYPE_UNSUPPORTED: {
    severity: 'error',
    summary:
      'The target takes no images of this type: a second look, for the types that a drop may hold are converted.',
    remedy: 'Save the image as PNG or JPEG.',
    example: 'OpenAI takes no images of type image/tiff',
  },
  TOO_MANY_IMAGES: {
    severity: 'error',
    summary: 'The row has more images than the target takes in one example.',
    remedy: 'Split the row into several, or leave images out.',
    example: 'train.csv, row 2, openai only: the row has 11 images; OpenAI takes at most 10 in one example',
  },
  TOO_MANY_AUDIO_FILES: {
    severity: 'error',
    summary: 'The row has more audio files than the target takes in one example.',
    remedy: 'Split the row into several, or leave files out.',
    example: 'train.csv, row 4, vertex only: the row has 2 audio files; Vertex AI takes at most 1 in one example',
  },
  TOO_MANY_DOCUMENTS: {
    severity: 'error',
    summary: 'The row has more documents than the target takes in one example.',
    remedy: 'Split the row into several, or leave files out.',
    example: 'train.csv, row 5, vertex only: the row has 5 documents; Vertex AI takes at most 4 in one example',
  },
  TOO_MANY_PAGES: {
    severity: 'error',
    summary: 'The documents of the row have more pages than the target takes in one example.',
    remedy: 'Keep the pages that the answer needs.',
    example:
      'train.csv, row 6, vertex only: the row’s documents have 301 pages; Vertex AI takes at most 300 in one example',
  },
  IMAGE_TOO_LARGE: {
    severity: 'error',
    summary: 'An image has more bytes or pixels than the target takes.',
    remedy: 'Save it as JPEG, or with fewer pixels.',
    example: '"owl.png" has 20,000,001 bytes; Vertex AI takes at most 20,000,000 in one file',
  },
  IMAGE_TOO_SMALL: {
    severity: 'error',
    summary: 'An image has fewer pixels than the target needs.',
    remedy: 'Use a larger picture, or put it on a larger canvas.',
    example:
      'train.csv, row 3, files, part 1, bedrock only: the image measures 1 x 1 pixels; Nova needs 25 on each side at least',
  },
  AUDIO_TOO_LARGE: {
    severity: 'error',
    summary: 'An audio file has more bytes than the target takes.',
    remedy: 'Save it with a lower bit rate.',
    example: '"owl.mp3" has 100,000,001 bytes; Vertex AI takes at most 100,000,000 in one file',
  },
  AUDIO_TOO_LONG: {
    severity: 'error',
    summary: 'An audio file lasts longer than the target takes.',
    remedy: 'Cut it, and give each piece a row of its own.',
    example: 'train.csv, row 7, vertex only: "long.mp3" lasts 62 minutes; Vertex AI takes at most 60 in one example',
  },
  DOCUMENT_TOO_LARGE: {
    severity: 'error',
    summary: 'A document has more bytes than the target takes.',
    remedy: 'Split it, or save it with smaller pictures.',
    example: '"owl.pdf" has 20,000,001 bytes; Vertex AI takes at most 20,000,000 in one file',
  },
  TOKENS_OVER_LIMIT: {
    severity: 'error or warning',
    summary: 'The row has more tokens than the target takes in one example; a warning where they can only be guessed.',
    remedy: 'Shorten the texts, or use fewer or smaller files.',
    example:
      'long.jsonl, row 1, openai only: the row has about 150,015 tokens; OpenAI cuts everything after 65,536, so the answer would be lost',
  },
  EXAMPLE_ROLE: {
    severity: 'error',
    summary: 'The turns of the chat are not in an order, or not with a content, that the target learns from.',
    remedy: 'Begin with a user turn, end with an assistant turn, leave none empty, and put files into user turns.',
    example: 'turns.jsonl, row 1, vertex only: the chat begins with an assistant turn',
  },
  PARTICIPANT_NAME: {
    severity: 'error',
    summary: 'The name of a speaker has characters or a length that the target does not take.',
    remedy: 'Use 1 to 64 letters, digits, "_" and "-", or say in the text who speaks.',
    example: 'names.jsonl, row 1, openai only: "Dr. Owl", the name in message 1 (user), is none that OpenAI takes',
  },
  FUNCTION_NAME: {
    severity: 'error',
    summary: 'The target takes no function or tool of this name.',
    remedy: 'Use the letters and the length that the hint names.',
    example: 'tools.jsonl, row 1, openai only: "look up" is no function name that OpenAI takes',
  },
  TOO_MANY_TOOLS: {
    severity: 'error',
    summary: 'The chat declares more tools than the target takes.',
    remedy: 'Keep those that the chat calls, and those that they could be mistaken for.',
    example: 'tools.jsonl, row 2, openai only: the chat declares 129 tools; OpenAI takes at most 128',
  },
  TOOL_CALL: {
    severity: 'error',
    summary: 'A tool call and its answer do not fit each other, or are not as the target takes them.',
    remedy: 'Give each call an id of its own, arguments that are a JSON object, and one answer with its id.',
    example: 'tools.jsonl, row 3, bedrock only: the tool "see" is called but not among the tools',
  },
  TOOLS_UNDOCUMENTED: {
    severity: 'warning',
    summary: 'The row uses tools, and the provider does not say that this model is trained on them.',
    remedy: 'Leave the row out if the job fails.',
    example:
      'tools.jsonl, row 2, bedrock only: AWS documents training with tools for Nova 2 only; amazon.nova-lite-v1:0:300k may refuse this row',
  },
  TOOL_DESCRIPTION: {
    severity: 'warning',
    summary: 'A tool has no description, which the target wants: its name stands in for it.',
    remedy: 'Describe in a sentence what the tool is for.',
    example:
      'tools.jsonl, row 2, bedrock only: the tool "tool_1" has no description, which Bedrock wants: its name stands in for it',
  },
  SPECIAL_TOKEN: {
    severity: 'error',
    summary: 'A text holds a control token of the model.',
    remedy: 'Take it out, or put a space inside it.',
    example:
      'words.jsonl, row 1, openai only: message 1 (user) contains "<|endoftext|>", a control token of the model: OpenAI refuses the whole file for it',
  },
  RESERVED_WORD: {
    severity: 'error',
    summary: 'A text holds a word that the model reserves, which would make the whole job fail.',
    remedy: 'Write it as the hint says, or set adapt: {reservedWords: rewrite} for this target.',
    example:
      'words.jsonl, row 2, bedrock only: message 1 (user) contains "User:", which Nova reserves in any case and inside of words: it would make the whole job fail',
  },
  NAME_DROPPED: {
    severity: 'info',
    summary: 'The target has no names of speakers: the name was left out.',
    remedy: 'Write the name into the text if it matters.',
    example: 'names.jsonl, row 1, bedrock only: Nova’s format has no names of speakers: "Dr. Owl" is left out',
  },
  WEIGHT_UNSUPPORTED: {
    severity: 'error',
    summary: 'A turn has the weight 0, and the target learns every assistant turn.',
    remedy: 'End the chat before that turn, or leave the turn out.',
    example:
      'weights.jsonl, row 1, vertex only: an assistant turn has the weight 0, but Vertex AI learns every assistant turn: it has no weights',
  },
  WEIGHT_IGNORED: {
    severity: 'warning',
    summary: 'A turn has the weight 0, and the target may learn it all the same.',
    remedy: 'End the chat before that turn, or train the row at another provider.',
    example:
      'weights.jsonl, row 1, bedrock only: Nova knows no weights: an assistant turn with the weight 0 is in the line like any other',
  },
  MANY_LEFT_OUT: {
    severity: 'warning',
    summary: 'So many rows are left out that the provider would have failed the whole job if they had been sent.',
    remedy: 'Mend the rows that the findings of this target name, or be content with the others.',
    example:
      'vertex only: 1 of 9 rows are left out here; as they were, Vertex AI would have failed the whole job, for it was to drop more than 10% of the examples',
  },
  TOO_FEW_ROWS: {
    severity: 'error',
    summary: 'Fewer training rows are left than the target takes.',
    remedy: 'Add rows, or mend those that the findings of this target name.',
    example: 'openai only: 4 training rows are left for OpenAI; it takes no file with fewer than 10',
  },
  FEW_ROWS: {
    severity: 'info',
    summary: 'There are fewer training rows than the provider advises to begin with.',
    remedy: 'Add rows if the result is not good enough.',
    example: 'vertex only: there are 5 rows to train with; Google recommends at least 100 to begin with',
  },
  TOO_MANY_ROWS: {
    severity: 'error',
    summary: 'There are more rows, or rows with files, than the target takes.',
    remedy: 'Leave out the rows that teach least.',
    example: 'there are 10,000,001 rows to train with; Vertex AI takes at most 10,000,000',
  },
  TARGET_REGION: {
    severity: 'error',
    summary: 'The region that the settings name does not train this model.',
    remedy: 'Set the region that the hint names, or choose another model.',
    example: 'gemini-3.1-flash-lite is not tuned in the location "us-east1"',
  },
  VALIDATION_TOO_LARGE: {
    severity: 'error',
    summary: 'There are more validation rows than the target takes.',
    remedy: 'Mark fewer rows as validation.',
    example:
      'there are 1,001 validation rows; Vertex AI takes at most 1,000 here (5,000, and above 1,000 no more than 30% of the training rows)',
  },
  TRAINING_FILE_TOO_LARGE: {
    severity: 'error',
    summary: 'The training or validation file would have more bytes than the target takes.',
    remedy: 'Use fewer rows, shorter texts, or smaller images where the file carries them.',
    example: 'the train file has 8,000,000,001 bytes; OpenAI takes at most 8,000,000,000',
  },
  MIXED_MODALITIES: {
    severity: 'warning',
    summary: 'Rows with files and rows without are in one dataset, which the provider does not describe.',
    remedy: 'If the job is refused, train the rows without files as a drop of their own.',
    example:
      'bedrock only: 12 rows have text only beside 1 with files; AWS describes datasets of one kind and does not say whether this is taken',
  },
  TARGET_SETTINGS: {
    severity: 'error',
    summary: 'A setting that the operator gives for the provider is not of the form that it takes.',
    remedy: 'Ask whoever runs finedrop to set what the message names as the hint says.',
    example: 'the setting FINEDROP_BEDROCK_BUCKET is "s3://fine-bucket", which is no name of an S3 bucket',
  },
  DOCUMENTS_DISPUTED: {
    severity: 'warning',
    summary: 'The rows hold PDF files, and the provider’s pages differ on whether this model is trained on them.',
    remedy: 'If the job fails, make images of the pages as the hint says.',
    example:
      'bedrock only: AWS’s pages differ on PDF for Nova 2: its guide takes them, the page of Bedrock names text, images and video',
  },
  MIXED_MEDIA: {
    severity: 'error',
    summary: 'Images and PDF files are in one row or dataset, and the target takes one kind of media in a dataset.',
    remedy: 'Make images of the pages as the hint says, or train the rows with PDF as a drop of their own.',
    example:
      'train.csv, row 3, bedrock only: the row holds images and PDF files; Nova takes one kind of media in a dataset',
  },
  MEDIA_ADDRESS: {
    severity: 'error',
    summary: 'The place where the files will lie has an address that the target does not take in training rows.',
    remedy: 'Choose a bucket and folder of letters, digits, "_", "-" and ".".',
    example:
      'train.csv, row 2, bedrock only: the file would be named "s3://fine-bucket/my photos/0095a1743585acb385e4f6b41f88f35e833cd363aa38c8c1edbd…" in the line, which Nova does not take',
  },
  IMAGES_SCREENED: {
    severity: 'info',
    summary: 'The provider leaves some images out of the training, and does not say which.',
    remedy: 'Expect that images with people, faces, children or CAPTCHAs are not learned.',
    example:
      'openai only: OpenAI leaves images with people, faces, children or CAPTCHAs out of the training, and does not say which',
  },
} as const;

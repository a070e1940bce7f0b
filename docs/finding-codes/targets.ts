/** What one target cannot take, or takes otherwise: such findings name the target, and exclude rows from it alone. */
export const TARGETS = {
  MODALITY_UNSUPPORTED: {
    severity: 'error',
    summary: 'The target takes no files of this kind.',
    remedy: 'Choose a target that takes them, or give the file in another form.',
  },
  IMAGE_TYPE_UNSUPPORTED: {
    severity: 'error',
    summary: 'The target takes no images of this type.',
    remedy: 'Save the image as PNG or JPEG.',
  },
  TOO_MANY_IMAGES: {
    severity: 'error',
    summary: 'The row has more images than the target takes in one example.',
    remedy: 'Split the row into several, or leave images out.',
  },
  TOO_MANY_AUDIO_FILES: {
    severity: 'error',
    summary: 'The row has more audio files than the target takes in one example.',
    remedy: 'Split the row into several, or leave files out.',
  },
  TOO_MANY_DOCUMENTS: {
    severity: 'error',
    summary: 'The row has more documents than the target takes in one example.',
    remedy: 'Split the row into several, or leave files out.',
  },
  TOO_MANY_PAGES: {
    severity: 'error',
    summary: 'The documents of the row have more pages than the target takes in one example.',
    remedy: 'Keep the pages that the answer needs.',
  },
  IMAGE_TOO_LARGE: {
    severity: 'error',
    summary: 'An image has more bytes or pixels than the target takes.',
    remedy: 'Save it as JPEG, or with fewer pixels.',
  },
  IMAGE_TOO_SMALL: {
    severity: 'error',
    summary: 'An image has fewer pixels than the target needs.',
    remedy: 'Use a larger picture, or put it on a larger canvas.',
  },
  AUDIO_TOO_LARGE: {
    severity: 'error',
    summary: 'An audio file has more bytes than the target takes.',
    remedy: 'Save it with a lower bit rate.',
  },
  AUDIO_TOO_LONG: {
    severity: 'error',
    summary: 'An audio file lasts longer than the target takes.',
    remedy: 'Cut it, and give each piece a row of its own.',
  },
  DOCUMENT_TOO_LARGE: {
    severity: 'error',
    summary: 'A document has more bytes than the target takes.',
    remedy: 'Split it, or save it with smaller pictures.',
  },
  TOKENS_OVER_LIMIT: {
    severity: 'error or warning',
    summary: 'The row has more tokens than the target takes in one example; a warning where they can only be guessed.',
    remedy: 'Shorten the texts, or use fewer or smaller files.',
  },
  EXAMPLE_ROLE: {
    severity: 'error',
    summary: 'The turns of the chat are not in an order, or not with a content, that the target learns from.',
    remedy: 'Begin with a user turn, end with an assistant turn, leave none empty, and put files into user turns.',
  },
  PARTICIPANT_NAME: {
    severity: 'error',
    summary: 'The name of a speaker has characters or a length that the target does not take.',
    remedy: 'Use 1 to 64 letters, digits, "_" and "-", or say in the text who speaks.',
  },
  FUNCTION_NAME: {
    severity: 'error',
    summary: 'The target takes no function or tool of this name.',
    remedy: 'Use the letters and the length that the hint names.',
  },
  TOO_MANY_TOOLS: {
    severity: 'error',
    summary: 'The chat declares more tools than the target takes.',
    remedy: 'Keep those that the chat calls, and those that they could be mistaken for.',
  },
  TOOL_CALL: {
    severity: 'error',
    summary: 'A tool call and its answer do not fit each other, or are not as the target takes them.',
    remedy: 'Give each call an id of its own, arguments that are a JSON object, and one answer with its id.',
  },
  TOOLS_UNDOCUMENTED: {
    severity: 'warning',
    summary: 'The row uses tools, and the provider does not say that this model is trained on them.',
    remedy: 'Leave the row out if the job fails.',
  },
  TOOL_DESCRIPTION: {
    severity: 'warning',
    summary: 'A tool has no description, which the target wants: its name stands in for it.',
    remedy: 'Describe in a sentence what the tool is for.',
  },
  SPECIAL_TOKEN: {
    severity: 'error',
    summary: 'A text holds a control token of the model.',
    remedy: 'Take it out, or put a space inside it.',
  },
  RESERVED_WORD: {
    severity: 'error',
    summary: 'A text holds a word that the model reserves, which would make the whole job fail.',
    remedy: 'Write it as the hint says, or set adapt: {reservedWords: rewrite} for this target.',
  },
  NAME_DROPPED: {
    severity: 'info',
    summary: 'The target has no names of speakers: the name was left out.',
    remedy: 'Write the name into the text if it matters.',
  },
  WEIGHT_UNSUPPORTED: {
    severity: 'error',
    summary: 'A turn has the weight 0, and the target learns every assistant turn.',
    remedy: 'End the chat before that turn, or leave the turn out.',
  },
  WEIGHT_IGNORED: {
    severity: 'warning',
    summary: 'A turn has the weight 0, and the target may learn it all the same.',
    remedy: 'End the chat before that turn, or train the row at another provider.',
  },
  MANY_LEFT_OUT: {
    severity: 'warning',
    summary: 'So many rows are left out that the provider would have failed the whole job if they had been sent.',
    remedy: 'Mend the rows that the findings of this target name, or be content with the others.',
  },
  TOO_FEW_ROWS: {
    severity: 'error',
    summary: 'Fewer training rows are left than the target takes.',
    remedy: 'Add rows, or mend those that the findings of this target name.',
  },
  FEW_ROWS: {
    severity: 'info',
    summary: 'There are fewer training rows than the provider advises to begin with.',
    remedy: 'Add rows if the result is not good enough.',
  },
  TOO_MANY_ROWS: {
    severity: 'error',
    summary: 'There are more rows, or rows with files, than the target takes.',
    remedy: 'Leave out the rows that teach least.',
  },
  TARGET_REGION: {
    severity: 'error',
    summary: 'The region that the settings name does not train this model.',
    remedy: 'Set the region that the hint names, or choose another model.',
  },
  VALIDATION_TOO_LARGE: {
    severity: 'error',
    summary: 'There are more validation rows than the target takes.',
    remedy: 'Mark fewer rows as validation.',
  },
  TRAINING_FILE_TOO_LARGE: {
    severity: 'error',
    summary: 'The training or validation file would have more bytes than the target takes.',
    remedy: 'Use fewer rows, shorter texts, or smaller images where the file carries them.',
  },
  MIXED_MODALITIES: {
    severity: 'warning',
    summary: 'Rows with files and rows without are in one dataset, which the provider does not describe.',
    remedy: 'If the job is refused, train the rows without files as a drop of their own.',
  },
  TARGET_SETTINGS: {
    severity: 'error',
    summary: 'A setting that the operator gives for the provider is not of the form that it takes.',
    remedy: 'Ask whoever runs finedrop to set what the message names as the hint says.',
  },
  DOCUMENTS_DISPUTED: {
    severity: 'warning',
    summary: 'The rows hold PDF files, and the provider’s pages differ on whether this model is trained on them.',
    remedy: 'If the job fails, make images of the pages as the hint says.',
  },
  MIXED_MEDIA: {
    severity: 'error',
    summary: 'Images and PDF files are in one row or dataset, and the target takes one kind of media in a dataset.',
    remedy: 'Make images of the pages as the hint says, or train the rows with PDF as a drop of their own.',
  },
  MEDIA_ADDRESS: {
    severity: 'error',
    summary: 'The place where the files will lie has an address that the target does not take in training rows.',
    remedy: 'Choose a bucket and folder of letters, digits, "_", "-" and ".".',
  },
  IMAGES_SCREENED: {
    severity: 'info',
    summary: 'The provider leaves some images out of the training, and does not say which.',
    remedy: 'Expect that images with people, faces, children or CAPTCHAs are not learned.',
  },
} as const;

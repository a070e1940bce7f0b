/** The port of 127.0.0.1 on which the demo serves the linked picture. */
export const LINK_PORT = 47_311;
/** The picture that one row names by a web link; it lies in `museum-sources`. */
export const LINKED_FILE = 'telescope.png';

/** The table: prompt, completion, files. The last three rows hold honest mistakes. */
export function rows({ dataUri }: { dataUri: string }): string[][] {
  const link = `http://127.0.0.1:${LINK_PORT}/${LINKED_FILE}`;
  return [
    ['prompt', 'completion', 'files'],
    ['Which exhibit is this? Name it and its room.', 'The owl clock of 1891, in room 1.', 'owl.png'],
    ['Which exhibit is this? Name it and its room.', 'The model of a pyramid, made in 1902, in room 4.', 'pyramid.png'],
    ['Which exhibit is this? Name it and its room.', 'The oil ship, in room 5.', 'ship.jpg'],
    ['Which exhibit is this? Name it and its room.', 'The painted mask, in room 3.', 'mask.jpeg'],
    ['Which exhibit is this? Name it and its room.', 'The amphora, about 480 BC, in room 2.', 'amphora.webp'],
    ['Which exhibit is this? Name it and its room.', 'The coin with the letter A, in room 2.', 'coin.png'],
    [
      'What does this drawing show a visitor?',
      'The way from the gate to the cross that marks the buried lamp.',
      'map.webp',
    ],
    [
      'Which exhibit is this, and where does it stand?',
      'The telescope. It stands on the roof, under the night sky.',
      link,
    ],
    ['Which exhibit is this, and where does it stand?', 'The sundial. It stands on the roof.', dataUri],
    [
      'Compare the two exhibits.',
      'The first is a clock in the shape of an owl, the second a model of a pyramid.',
      'owl.png,pyramid.png',
    ],
    [
      'What do these three exhibits have in common?',
      'All three were used with oil or light: an amphora, a ship that carried lamp oil, and a sundial.',
      `amphora.webp,ship.jpg,${dataUri}`,
    ],
    ['Describe how this part of the clock moves.', 'The pendulum swings from the left to the right.', 'pendulum.gif'],
    [
      'These are frames of a film, in order. What happens?',
      'A golden pendulum swings from left to right, once.',
      'clip_01/',
    ],
    [
      'Write down what the guide says in this recording.',
      'Room one. The owl clock was built in 1891. Its eyes move with the pendulum.',
      'audio/owl.mp3',
    ],
    [
      'Write down what the guide says in this recording.',
      'Room five. This ship carried lamp oil along the coast for forty years.',
      'audio/ship.mp3',
    ],
    ['In which rooms are exhibits from about 480 BC?', 'In room 2: the amphora and the coin.', 'guide.pdf'],
    ['Is the museum open on Mondays?', 'No. It is open from Tuesday to Sunday, ten to six.', 'welcome.txt'],
    [
      'Match the label with the picture: what was it used for?',
      'The picture shows the amphora of case 4. It was used for olive oil.',
      'label-amphora.txt,amphora.webp',
    ],
    ['A visitor asks whether children pay.', 'Children go in free; grown-ups pay 6 euros.', ''],
    ['Which exhibit is this? Name it and its room.', 'The owl clock, seen from the side, in room 1.', 'owl_side.png'],
    ['Which exhibit is this? Name it and its room.', '', 'ship.jpg'],
    ['Is there a café?', 'Yes, on the first floor', ' beside the planetarium.', ''],
  ];
}

interface Turn {
  role: string;
  content: unknown;
}

/** The chats, one a line. */
export function chats({ dataUri }: { dataUri: string }): string {
  const image = (url: string) => ({ type: 'image_url', image_url: { url } });
  const text = (words: string) => ({ type: 'text', text: words });
  const all: Turn[][] = [
    [
      { role: 'system', content: 'You are the guide of the Lantern Museum. Answer in one sentence.' },
      { role: 'user', content: [text('What is in this picture?'), image(dataUri)] },
      { role: 'assistant', content: [text('A crescent moon, as the planetarium shows it in winter.')] },
    ],
    [
      { role: 'user', content: [text('Explain these exhibits one by one.'), image('owl.png'), image('coin.png')] },
      { role: 'assistant', content: 'The first is the owl clock of 1891; the second is the coin with the letter A.' },
      { role: 'user', content: 'Which of them is older?' },
      { role: 'assistant', content: 'The coin: it is from about 480 BC.' },
    ],
    [
      {
        role: 'user',
        content: [text('List the rooms that this guide names.'), { type: 'file', file: { filename: 'guide.pdf' } }],
      },
      { role: 'assistant', content: 'Rooms 1 to 5, and the roof.' },
    ],
    [
      { role: 'user', content: 'When does the owl clock strike?' },
      { role: 'assistant', content: 'Every hour.' },
    ],
    [
      { role: 'user', content: [text('Where would I find this?'), image('mask.jpeg')] },
      { role: 'assistant', content: 'The painted mask hangs in room 3.' },
    ],
    [
      { role: 'user', content: [text('What time of day is it good for?'), image('amphora.webp')] },
      { role: 'assistant', content: 'It held olive oil, so it served at any time of day.' },
    ],
  ];
  return all.map((messages) => `${JSON.stringify({ messages })}\n`).join('');
}

// Written by npm run machines.
import type { Outlines } from './outlines.ts';

export const machineOutlines: Outlines = {
  migration: {
    startAt: 'Begin',
    states: {
      Begin: { next: ['Is its target known?'] },
      'Is its target known?': { next: ['Plan the migration', 'No such target'] },
      'No such target': { next: [] },
      'Plan the migration': { next: ['Is it claimed?'], invokes: true },
      'Is it claimed?': { next: ['Look at the other execution', 'Rollback', 'May it begin now?'] },
      'Look at the other execution': { next: ['Does it still run?'] },
      'Does it still run?': { next: ['Already running', 'Plan the migration'] },
      'Already running': { next: [] },
      'May it begin now?': { next: ['Change window', 'Expand planned?'] },
      'Change window': {
        next: ['Expand planned?'],
        inner: {
          startAt: 'Tell people that it waits',
          states: {
            'Tell people that it waits': { next: ['Wait for its change window'], invokes: true },
            'Wait for its change window': { next: ['The time has come'] },
            'The time has come': { next: [] },
          },
        },
      },
      'Expand planned?': { next: ['Expand', 'Dual write planned?'] },
      Expand: {
        next: ['Dual write planned?'],
        inner: { startAt: 'Add the new shape', states: { 'Add the new shape': { next: [], invokes: true } } },
      },
      'Dual write planned?': { next: ['Dual write', 'Backfill planned?'] },
      'Dual write': {
        next: ['Backfill planned?'],
        inner: { startAt: 'Write both shapes', states: { 'Write both shapes': { next: [], invokes: true } } },
      },
      'Backfill planned?': { next: ['Backfill', 'Verify planned?'] },
      Backfill: {
        next: ['Verify planned?'],
        inner: {
          startAt: 'Cut into shards',
          states: {
            'Cut into shards': { next: ['Copy the rows'], invokes: true },
            'Copy the rows': {
              next: ['Sweep stubborn rows'],
              inner: {
                startAt: 'Copy a shard',
                states: {
                  'Copy a shard': { next: ['Copy a shard: done?'], invokes: true },
                  'Copy a shard: done?': { next: ['Copy a shard: finished', 'Copy a shard'] },
                  'Copy a shard: finished': { next: [] },
                },
              },
            },
            'Sweep stubborn rows': { next: [], invokes: true },
          },
        },
      },
      'Verify planned?': { next: ['Verify', 'Read switch planned?'] },
      Verify: {
        next: ['Read switch planned?'],
        inner: {
          startAt: 'Verify every row',
          states: {
            'Verify every row': { next: ['Build constraints and indexes'], starts: 'verify' },
            'Build constraints and indexes': { next: ['Built?'], invokes: true },
            'Built?': { next: ['Verified', 'Let it build'] },
            'Let it build': { next: ['Build constraints and indexes'] },
            Verified: { next: [] },
          },
        },
      },
      'Read switch planned?': { next: ['Read switch', 'Swap planned?'] },
      'Read switch': {
        next: ['Swap planned?'],
        inner: {
          startAt: 'Ask before the read switch?',
          states: {
            'Ask before the read switch?': { next: ['Gate: read-switch', 'Switch reads'] },
            'Gate: read-switch': { next: ['May reads switch?'], starts: 'gate' },
            'Closed gate: read-switch': { next: ['May reads switch?'] },
            'May reads switch?': { next: ['Switch reads', 'Reads may not switch'] },
            'Reads may not switch': { next: [] },
            'Switch reads': {
              next: ['Does the application write both?'],
              inner: {
                startAt: 'Move reads',
                states: {
                  'Move reads': { next: ['Bake'], invokes: true },
                  Bake: { next: ['Baked'] },
                  Baked: { next: ['Repair partial writes', 'Well baked'] },
                  'Repair partial writes': { next: ['Well baked'], starts: 'verify' },
                  'Well baked': { next: [] },
                },
              },
            },
            'Compare before reads move': { next: ['Switch reads'], starts: 'verify' },
            'Does the application write both?': { next: ['Until no row differs', 'New shape wins'] },
            'Until no row differs': { next: ['New side is the truth'], starts: 'verify' },
            'New side is the truth': { next: ['Is it the truth?'], invokes: true },
            'Is it the truth?': { next: ['It is the truth', 'Until no row differs'] },
            'It is the truth': { next: [] },
            'New shape wins': { next: [], invokes: true },
          },
        },
      },
      'Swap planned?': { next: ['Swap', 'Confidence planned?'] },
      Swap: {
        next: ['Confidence planned?'],
        inner: {
          startAt: 'Ask before the swap?',
          states: {
            'Ask before the swap?': { next: ['Gate: swap', 'Exchange the names'] },
            'Gate: swap': { next: ['May the names be exchanged?'], starts: 'gate' },
            'Closed gate: swap': { next: ['May the names be exchanged?'] },
            'May the names be exchanged?': { next: ['Exchange the names', 'The names stay'] },
            'The names stay': { next: [] },
            'Exchange the names': { next: [], invokes: true },
            'Compare before the exchange': { next: ['Exchange the names'], starts: 'verify' },
          },
        },
      },
      'Confidence planned?': { next: ['Confidence', 'Contract planned?'] },
      Confidence: {
        next: ['Contract planned?'],
        inner: {
          startAt: 'Begin the confidence window',
          states: {
            'Begin the confidence window': { next: ['Live with both shapes'], invokes: true },
            'Live with both shapes': {
              next: [],
              inner: {
                startAt: 'Watch',
                states: { Watch: { next: ['Reconcile'] }, Reconcile: { next: [], starts: 'verify' } },
              },
            },
          },
        },
      },
      'Contract planned?': { next: ['Contract gate', 'Audit what is left'] },
      'Contract gate': {
        next: ['Quarantine planned?'],
        inner: {
          startAt: 'Gate: contract',
          states: {
            'Gate: contract': { next: ['May the old shape go?'], starts: 'gate' },
            'Closed gate: contract': { next: ['May the old shape go?'] },
            'May the old shape go?': { next: ['Verify once more', 'The old shape stays'] },
            'The old shape stays': { next: [] },
            'Verify once more': { next: [], starts: 'verify' },
          },
        },
      },
      'Quarantine planned?': { next: ['Quarantine', 'Contract'] },
      Quarantine: {
        next: ['Contract'],
        inner: {
          startAt: 'Set the old shape aside',
          states: {
            'Set the old shape aside': { next: ['Set aside?'], invokes: true },
            'Compare before the quarantine': { next: ['Set the old shape aside'], starts: 'verify' },
            'Set aside?': { next: ['Is there a quarantine?', 'Let it validate'] },
            'Let it validate': { next: ['Set the old shape aside'] },
            'Is there a quarantine?': { next: ['Wait out the quarantine', 'Nobody missed it'] },
            'Wait out the quarantine': { next: ['Nobody missed it'] },
            'Nobody missed it': { next: [] },
          },
        },
      },
      Contract: {
        next: ['Audit what is left'],
        inner: {
          startAt: 'Drop the old shape',
          states: {
            'Drop the old shape': { next: [], invokes: true },
            'Compare before the drop': { next: ['Drop the old shape'], starts: 'verify' },
            'The drop is off': { next: [] },
          },
        },
      },
      Rollback: {
        next: ['Audit what is left'],
        inner: {
          startAt: 'Is the old shape set aside?',
          states: {
            'Is the old shape set aside?': { next: ['Bring the old shape back', 'Switch reads back'] },
            'Bring the old shape back': { next: ['Switch reads back'], invokes: true },
            'Switch reads back': { next: ['Fence the workers'], invokes: true },
            'Fence the workers': { next: ['Undo the phases'], invokes: true },
            'Undo the phases': {
              next: ['Is the new shape to go too?'],
              inner: {
                startAt: 'Undo a phase',
                states: {
                  'Undo a phase': { next: ['Undo: done?'], invokes: true },
                  'Undo: done?': { next: ['Undo: next', 'Undo: let it run'] },
                  'Undo: let it run': { next: ['Undo a phase'] },
                  'Undo: next': { next: [] },
                },
              },
            },
            'Is the new shape to go too?': { next: ['Ask: may the new shape go?', 'Undone'] },
            'Ask: may the new shape go?': { next: ['Gate: remove the new shape'], invokes: true },
            'Gate: remove the new shape': { next: ['Undo the phases'] },
            Undone: { next: [] },
          },
        },
      },
      'Audit what is left': { next: ['Close the migration'], invokes: true },
      'Close the migration': { next: ['Write the report'], invokes: true },
      'Write the report': { next: ['Tell people how it ended'], invokes: true },
      'Tell people how it ended': { next: ['How did it end?'], invokes: true },
      'How did it end?': { next: ['Done', 'Rolled back', 'Did not start', 'Needs attention'] },
      Done: { next: [] },
      'Rolled back': { next: [] },
      'Did not start': { next: [] },
      'Needs attention': { next: [] },
      'Taken over': { next: [] },
    },
  },
  gate: {
    startAt: 'What is asked?',
    states: {
      'What is asked?': { next: ['Collect evidence'] },
      'Collect evidence': { next: ['Is anybody asked?'], invokes: true },
      'Is anybody asked?': { next: ['Ask people', 'Open', 'Compare again', 'Evidence is missing'] },
      'Evidence is missing': { next: ['Shut'] },
      'Ask people': { next: ['Wait for a decision'], invokes: true },
      'Wait for a decision': { next: ['Measure again'] },
      'Measure again': { next: ['Is it enough?'], invokes: true },
      'Is it enough?': { next: ['Open', 'Compare again', 'Ask people'] },
      'Compare again': { next: ['Has anybody decided?'], starts: 'verify' },
      'Has anybody decided?': { next: ['Measure again', 'Collect evidence'] },
      Open: { next: [] },
      Shut: { next: [] },
    },
  },
  verify: {
    startAt: 'Cut into ranges',
    states: {
      'Cut into ranges': { next: ['Compare the rows'], invokes: true },
      'Compare the rows': {
        next: ['Judge'],
        inner: {
          startAt: 'Compare a range',
          states: {
            'Compare a range': { next: ['Compare a range: done?'], invokes: true },
            'Compare a range: done?': { next: ['Compare a range: finished', 'Compare a range'] },
            'Compare a range: finished': { next: [] },
          },
        },
      },
      Judge: { next: ['Rows match?'], invokes: true },
      'Rows match?': { next: ['Clean', 'Walk again', 'Cut for repair', 'Rows differ'] },
      Clean: { next: [] },
      'Walk again': { next: ['Cut into ranges'] },
      'Cut for repair': { next: ['Repair'], invokes: true },
      Repair: {
        next: ['Sweep'],
        inner: {
          startAt: 'Repair a range',
          states: {
            'Repair a range': { next: ['Repair a range: done?'], invokes: true },
            'Repair a range: done?': { next: ['Repair a range: finished', 'Repair a range'] },
            'Repair a range: finished': { next: [] },
          },
        },
      },
      Sweep: { next: ['Verify from clean'], invokes: true },
      'Verify from clean': { next: ['Cut into ranges'] },
      'Rows differ': { next: [] },
    },
  },
};

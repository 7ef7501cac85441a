import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import type { AllocateArguments } from './commands/allocate.ts';
import type { AmendArguments } from './commands/amend.ts';
import type { AnalyzeArguments } from './commands/analyze.ts';
import type { DemoArguments } from './commands/demo.ts';
import type { PlanArguments } from './commands/plan.ts';
import type { ResourcesArguments } from './commands/resources.ts';
import type { StopArguments } from './commands/stop.ts';
import type { VerifyArguments } from './commands/verify.ts';
import { addIngestCommands } from './ingest-program.ts';
import { addServeCommands } from './serve-program.ts';
import { addStoreCommands } from './store-program.ts';
import type { Streams } from './streams.ts';

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version: found }: { readonly version?: unknown } = JSON.parse(text);
  return String(found);
}

const wholeNumber =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`);
    }
    return value;
  };

function instant(text: string): number {
  // Without a zone an instant means another moment on every machine.
  const value = /(?:Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(value)) {
    throw new InvalidArgumentError('Give an instant with a zone, such as 2026-11-20T12:00:00Z.');
  }
  return value;
}

/**
 * The words that the command knows.
 *
 * @param exit told the exit code of a command that ran
 */
export function programOf(streams: Streams, exit: (code: number) => void): Command {
  const program = new Command('rapidcycle')
    .description(
      'Randomised rapid-cycle trials of EHR alerts: run an alert service that randomises itself, ' +
        'keep a ledger of what happened, and say whether a variant should be adopted.',
    )
    .version(version())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void streams.out.write(text),
      writeErr: (text) => void streams.err.write(text),
    })
    .showHelpAfterError('(add --help for what the command takes)')
    .addHelpText(
      'after',
      `
Examples:
  rapidcycle demo                                   a whole trial in a synthetic hospital, in a minute
  rapidcycle plan protocol.json --assume a.json     what the design can show, and what it cannot
  rapidcycle allocate protocol.json practices.csv --out list.json --ledger trial.db
                                                    practices get their arms, once
  rapidcycle serve protocol.json --ledger trial.db  the alert service of a protocol
  rapidcycle register protocol.json --ledger trial.db  a trial that only extracts tell of
  rapidcycle ingest fhir trial.db --server https://…  patient-days and orders from the record
  rapidcycle analyze trial.db --report report.html  both metrics by arm, and the verdict
  rapidcycle verify trial.db                        every arm in the ledger, computed again
  rapidcycle stop trial.db                          the kill switch: usual care for everybody
  rapidcycle store check trial.db                   the care of a ledger: see store --help

A ledger is a file, or postgresql://user@host/database?schema=name.

Exit codes: 0 done; 1 done, and something is wrong with the trial; 2 not done.`,
    );

  program
    .command('demo')
    .description(
      'Live six weeks of a synthetic hospital with a randomised influenza alert, and analyse them.',
    )
    .option('--out <folder>', 'where the ledger, the protocol and the report go', 'rapidcycle-demo')
    .option('--seed <text>', 'another seed is another hospital', 'rapidcycle-demo')
    .option(
      '--size <persons>',
      'persons in the synthetic record (default: 1320)',
      wholeNumber(20, 20_000),
    )
    .option(
      '--patients <folder>',
      'take patients and stays from FHIR R4 bundles (*.json); firings are simulated on top',
    )
    .option('--json', 'print the analysis as JSON', false)
    .action(async (options: DemoArguments) =>
      exit(await (await import('./commands/demo.ts')).demoCommand(options, streams)),
    );

  program
    .command('plan')
    .description('Say before a trial starts what its design can show, and what it cannot.')
    .argument('<protocol>', 'the protocol, a JSON file')
    .option('--assume <file>', 'what is assumed: rates, likeness within clusters, effects (JSON)')
    .option('--clusters <file>', 'the clusters, as for allocate')
    .option('--pilot <ledger>', 'take rates and likeness from the ledger of a pilot')
    .option('--simulations <number>', 'trials to simulate (default: 400)', wholeNumber(1, 100_000))
    .option('--seed <text>', 'the same words give the same plan', 'plan')
    .option('--json', 'print the plan as JSON', false)
    .addHelpText(
      'after',
      '\nExits with 1 when the trial, as designed, cannot reach its level or the power that is wanted.',
    )
    .action(async (protocol: string, options: Omit<PlanArguments, 'protocol'>) =>
      exit(
        await (await import('./commands/plan.ts')).planCommand({ ...options, protocol }, streams),
      ),
    );

  program
    .command('allocate')
    .description('Allocate the clusters of a file to the arms of a protocol, once, by its method.')
    .argument('<protocol>', 'the protocol, a JSON file whose `allocation` is a list')
    .argument('<clusters>', 'the clusters: CSV with a header line, or a .json list of objects')
    .requiredOption('--out <file>', 'where the list goes; a file that is there is not overwritten')
    .option('--seed <text>', 'makes the list what it is (default: 128 random bits)')
    .option('--ledger <ledger>', 'also register the trial in this ledger and keep its list there')
    .option('--key-file <file>', 'the file that holds its key (default: <ledger>.key)')
    .option('--json', 'print the list as JSON', false)
    .addHelpText(
      'after',
      `
A file of clusters has a column \`id\`, if you like \`size\` (expected patients or alerts), and the
strata and covariates that the method of the protocol names. The list holds its seed, so that
anybody can make it again, and a checksum. Show it to nobody who recruits before it is due.`,
    )
    .action(
      async (
        protocol: string,
        clusters: string,
        options: Omit<AllocateArguments, 'protocol' | 'clusters'>,
      ) =>
        exit(
          await (
            await import('./commands/allocate.ts')
          ).allocateCommand({ ...options, protocol, clusters }, streams),
        ),
    );

  program
    .command('amend')
    .description('Put an amendment behind a list: late clusters, one that left, two that merged.')
    .argument('<protocol>', 'the protocol')
    .argument('<list>', 'the list as it is')
    .requiredOption('--out <file>', 'where the amended list goes')
    .requiredOption('--reason <text>', 'why; it stands in the list')
    .option('--add <file>', 'clusters that came late, as for allocate')
    .option(
      '--withdraw <cluster>',
      'a cluster that leaves: it is served the control arm from then on',
    )
    .option('--merge <cluster>', 'a cluster that becomes part of another')
    .option('--into <cluster>', 'that other one')
    .option('--from <day>', 'first day on which it holds, YYYY-MM-DD (default: tomorrow)')
    .option('--seed <text>', 'of the late clusters (default: 128 random bits)')
    .option(
      '--ledger <ledger>',
      'also keep it in this ledger, which is there: running services take it up',
    )
    .option('--key-file <file>', 'the file that holds its key (default: <ledger>.key)')
    .option('--json', 'print the list as JSON', false)
    .addHelpText(
      'after',
      `
A person who withdraws or merges is given by the pseudonym in the list, or by id with --ledger.
The amended list is a new file; the ledger takes amendments only behind the list it keeps.`,
    )
    .action(
      async (
        protocol: string,
        allocation: string,
        options: Omit<AmendArguments, 'protocol' | 'allocation'>,
      ) =>
        exit(
          await (
            await import('./commands/amend.ts')
          ).amendCommand({ ...options, protocol, allocation }, streams),
        ),
    );

  addServeCommands(program, { streams, exit, wholeNumber });

  program
    .command('analyze')
    .description(
      'Analyse a ledger: both metrics by arm, integrity, and the verdict of the protocol.',
    )
    .argument('<ledger>', 'the ledger')
    .option('--trial <id>', 'the trial, when the ledger holds several')
    .option('--round <number>', 'its round (default: the last)', wholeNumber(1))
    .option('--as-of <instant>', 'the moment of the analysis, with a zone (default: now)', instant)
    .option('--report <file>', 'write an HTML report')
    .option(
      '--overrides [map]',
      'also say why alerts were overridden; with a map (JSON), rolled up to the codes of HL7',
    )
    .option('--json', 'print the analysis as JSON', false)
    .addHelpText(
      'after',
      '\nNeeds no key: the ledger holds pseudonyms only. May run beside the service.',
    )
    .action(async (ledger: string, options: Omit<AnalyzeArguments, 'ledger'>) =>
      exit(
        await (
          await import('./commands/analyze.ts')
        ).analyzeCommand({ ...options, ledger }, streams),
      ),
    );

  program
    .command('resources')
    .description('Write a trial as FHIR R4: study, subjects, the log as AuditEvents, the rates.')
    .argument('<ledger>', 'the ledger')
    .argument('<folder>', 'where the files go, one for each type')
    .option('--trial <id>', 'the trial, when the ledger holds several')
    .option('--round <number>', 'its round (default: the last)', wholeNumber(1))
    .option('--as-of <instant>', 'the moment of the rates, with a zone (default: now)', instant)
    .option('--base <url>', 'under which canonical addresses and identifiers are formed')
    .option('--smallest <count>', 'withhold counts below this one', wholeNumber(1))
    .option('--json', 'print what was written as JSON', false)
    .addHelpText('after', '\nHolds pseudonyms only; needs no key.')
    .action(
      async (
        ledger: string,
        folder: string,
        options: Omit<ResourcesArguments, 'ledger' | 'folder'>,
      ) =>
        exit(
          await (
            await import('./commands/resources.ts')
          ).resourcesCommand({ ...options, ledger, folder }, streams),
        ),
    );

  program
    .command('verify')
    .description(
      'Compute every arm in a ledger again from its protocol, the list that it keeps too, and report what disagrees.',
    )
    .argument('<ledger>', 'the ledger')
    .option(
      '--protocol <file>',
      'hold the ledger against this protocol instead of the one it keeps',
    )
    .option('--heads <file>', 'also hold the chain of events against the heads that were published')
    .option('--key-file <file>', 'of a ledger that was re-keyed: the file that holds its keys')
    .option('--json', 'print the findings as JSON', false)
    .addHelpText(
      'after',
      '\nExits with 1 when anything disagrees. Needs no key, unless the ledger was re-keyed.',
    )
    .action(async (ledger: string, options: Omit<VerifyArguments, 'ledger'>) =>
      exit(
        await (await import('./commands/verify.ts')).verifyCommand({ ...options, ledger }, streams),
      ),
    );

  program
    .command('stop')
    .description('Stop a trial: from now on everybody gets the control arm.')
    .argument('<ledger>', 'the ledger')
    .option('--trial <id>', 'the trial, when the ledger holds several')
    .option('--round <number>', 'its round (default: the last)', wholeNumber(1))
    .addHelpText(
      'after',
      '\nTakes effect in running services within seconds; what they served until then was random and\ncounts. It cannot be undone: start a new round.',
    )
    .action(async (ledger: string, options: Omit<StopArguments, 'ledger'>) =>
      exit(await (await import('./commands/stop.ts')).stopCommand({ ...options, ledger }, streams)),
    );

  addIngestCommands(program, { streams, exit, wholeNumber, instant });
  addStoreCommands(program, { streams, exit, wholeNumber });
  return program;
}

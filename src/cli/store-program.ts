import type { Command } from 'commander';
import type { BackupArguments } from './commands/store/backup.ts';
import type { CheckArguments } from './commands/store/check.ts';
import type { CopyArguments } from './commands/store/copy.ts';
import type { DistributeArguments } from './commands/store/distribute.ts';
import type { ExportArguments } from './commands/store/export.ts';
import type { ForwardArguments } from './commands/store/forward.ts';
import type { InitArguments } from './commands/store/init.ts';
import type { MigrateArguments } from './commands/store/migrate.ts';
import type { RebuildArguments } from './commands/store/rebuild.ts';
import type { RekeyArguments } from './commands/store/rekey.ts';
import type { RetireArguments } from './commands/store/retire.ts';
import type { ScanArguments } from './commands/store/scan.ts';
import type { SealArguments } from './commands/store/seal.ts';
import type { StatsArguments } from './commands/store/stats.ts';
import type { VerifyStoreArguments } from './commands/store/verify.ts';
import type { Streams } from './streams.ts';

/** Adds the words of `rapidcycle store`: the care of a ledger. */
export function addStoreCommands(
  program: Command,
  {
    streams,
    exit,
    wholeNumber,
  }: {
    readonly streams: Streams;
    readonly exit: (code: number) => void;
    readonly wholeNumber: (least: number, most?: number) => (text: string) => number;
  },
): void {
  const store = program
    .command('store')
    .description('The care of a ledger: a file, or postgresql://user@host/database?schema=name.')
    .addHelpText(
      'after',
      `
What to do when something is wrong: examples/runbook-file.md and examples/runbook-postgres.md.`,
    );

  const onLedger = (name: string, description: string): Command =>
    store.command(name).description(description).argument('<ledger>', 'the ledger');
  const ofTrial = (command: Command, which: string): Command =>
    command
      .option('--trial <id>', `the trial (default: ${which})`)
      .option('--round <number>', 'its round', wholeNumber(1));
  const keyed = (command: Command): Command =>
    command.option('--key-file <file>', 'the file that holds its key (default: <ledger>.key)');

  keyed(onLedger('init', 'Begin a ledger, with its key.'))
    .option('--service-role <name>', 'on a server: the role that is to run the services')
    .action(async (ledger: string, options: Omit<InitArguments, 'ledger'>) =>
      exit(
        await (
          await import('./commands/store/init.ts')
        ).initCommand({ ...options, ledger }, streams),
      ),
    );

  onLedger('migrate', "Bring a ledger's schema up to date.")
    .option('--service-role <name>', 'on a server: the role that is to run the services')
    .action(async (ledger: string, options: Omit<MigrateArguments, 'ledger'>) =>
      exit(
        await (
          await import('./commands/store/migrate.ts')
        ).migrateCommand({ ...options, ledger }, streams),
      ),
    );

  onLedger('stats', 'What a ledger holds, and how far its upkeep is.')
    .option('--json', 'print it as JSON', false)
    .action(async (ledger: string, options: Omit<StatsArguments, 'ledger'>) =>
      exit(
        await (
          await import('./commands/store/stats.ts')
        ).statsCommand({ ...options, ledger }, streams),
      ),
    );

  onLedger('check', 'A health report: the file, the schema, the disk, the sums, what was lost.')
    .option('--json', 'print it as JSON', false)
    .addHelpText('after', '\nExits with 1 when anything needs somebody to act.')
    .action(async (ledger: string, options: Omit<CheckArguments, 'ledger'>) =>
      exit(
        await (
          await import('./commands/store/check.ts')
        ).checkCommand({ ...options, ledger }, streams),
      ),
    );

  onLedger('seal', 'Seal what is new in the chain of each trial, and publish the heads.')
    .option('--heads <file>', 'add the heads to this file, which should lie elsewhere')
    .action(async (ledger: string, options: Omit<SealArguments, 'ledger'>) =>
      exit(
        await (
          await import('./commands/store/seal.ts')
        ).sealCommand({ ...options, ledger }, streams),
      ),
    );

  onLedger('verify', 'Hold the events against their chain, and the sums against the events.')
    .option('--heads <file>', 'also hold the chain against the heads that were published')
    .option('--json', 'print the findings as JSON', false)
    .addHelpText(
      'after',
      '\nExits with 1 when anything was changed. Whether the arms are right, `rapidcycle verify` says.',
    )
    .action(async (ledger: string, options: Omit<VerifyStoreArguments, 'ledger'>) =>
      exit(
        await (
          await import('./commands/store/verify.ts')
        ).verifyStoreCommand({ ...options, ledger }, streams),
      ),
    );

  ofTrial(
    onLedger('rebuild', 'Make the sums again from the events, and say whether they were right.'),
    'all',
  ).action(async (ledger: string, options: Omit<RebuildArguments, 'ledger'>) =>
    exit(
      await (
        await import('./commands/store/rebuild.ts')
      ).rebuildCommand({ ...options, ledger }, streams),
    ),
  );

  onLedger('backup', 'Copy a ledger file while services write to it, and check the copy.')
    .argument('<to>', 'the copy; a file that is there is not overwritten')
    .addHelpText(
      'after',
      '\nThe key is not copied. A ledger on a server is backed up by the means of the server (pg_dump,\npg_basebackup).',
    )
    .action(async (ledger: string, to: string) =>
      exit(
        await (
          await import('./commands/store/backup.ts')
        ).backupCommand({ ledger, to } satisfies BackupArguments, streams),
      ),
    );

  ofTrial(
    onLedger('export', 'Write events, unit summaries and unit-days as Parquet or NDJSON.'),
    'all',
  )
    .argument('<folder>', 'where to, by trial and day; a run goes on where the last one ended')
    .option('--format <name>', 'parquet or ndjson', 'parquet')
    .action(
      async (ledger: string, folder: string, options: Omit<ExportArguments, 'ledger' | 'folder'>) =>
        exit(
          await (
            await import('./commands/store/export.ts')
          ).exportCommand({ ...options, ledger, folder }, streams),
        ),
    );

  ofTrial(
    keyed(onLedger('copy', 'Copy a ledger into another, such as a file into a server.')),
    'all',
  )
    .argument('<to>', 'the other ledger; begun when it is not there, with the same key')
    .addHelpText(
      'after',
      '\nA copy that was interrupted holds a part: do it again, and it goes on from there.',
    )
    .action(async (ledger: string, to: string, options: Omit<CopyArguments, 'ledger' | 'to'>) =>
      exit(
        await (
          await import('./commands/store/copy.ts')
        ).copyCommand({ ...options, ledger, to }, streams),
      ),
    );

  ofTrial(
    keyed(
      onLedger('rekey', 'Copy a ledger so that its old key alone no longer links it to persons.'),
    ),
    'all',
  )
    .argument('<to>', 'the new ledger, with the old keys and a new one')
    .option('--to-key-file <file>', 'where its keys are kept (default: <to>.key)')
    .addHelpText(
      'after',
      '\nEvery person keeps the arm. If it is interrupted, do it again: it goes on from there. When services run on the new ledger, destroy the old one and its backups.',
    )
    .action(async (ledger: string, to: string, options: Omit<RekeyArguments, 'ledger' | 'to'>) =>
      exit(
        await (
          await import('./commands/store/rekey.ts')
        ).rekeyCommand({ ...options, ledger, to }, streams),
      ),
    );

  ofTrial(
    onLedger('retire', 'Remove the events of a trial that is over; its sums stay.'),
    'the only one',
  )
    .option('--yes', 'do it', false)
    .action(async (ledger: string, options: Omit<RetireArguments, 'ledger'>) =>
      exit(
        await (
          await import('./commands/store/retire.ts')
        ).retireCommand({ ...options, ledger }, streams),
      ),
    );

  store
    .command('forward')
    .description('Send what a spool still holds to its ledger, when its service does not run.')
    .argument('<spool>', 'the spool, a file')
    .requiredOption('--to <ledger>', 'the ledger, a connection string')
    .option('--key-file <file>', 'the file that holds the key (default: <spool>.key)')
    .option(
      '--again',
      'send everything that the spool still holds, of a day by default: after the server was restored or failed over',
      false,
    )
    .action(async (spool: string, options: Omit<ForwardArguments, 'spool'>) =>
      exit(
        await (
          await import('./commands/store/forward.ts')
        ).forwardCommand({ ...options, spool }, streams),
      ),
    );

  onLedger('distribute', 'Spread a ledger over the workers of an engine such as Citus.')
    .option('--dry-run', 'print the statements and do nothing', false)
    .action(async (ledger: string, options: Omit<DistributeArguments, 'ledger'>) =>
      exit(
        await (
          await import('./commands/store/distribute.ts')
        ).distributeCommand({ ...options, ledger }, streams),
      ),
    );

  store
    .command('scan')
    .description(
      'Look for identifiers of persons in files: ledgers, spools, logs, exports, reports.',
    )
    .argument('<paths...>', 'files and folders')
    .option('--planted <file>', 'identifiers to look for, one a line')
    .option('--only-planted', 'look for nothing that only looks like an identifier', false)
    .option('--json', 'print the findings as JSON', false)
    .addHelpText('after', '\nExits with 1 when anything was found. It never prints what it found.')
    .action(async (paths: readonly string[], options: Omit<ScanArguments, 'paths'>) =>
      exit(
        await (
          await import('./commands/store/scan.ts')
        ).scanCommand({ ...options, paths }, streams),
      ),
    );
}

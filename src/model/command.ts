// Commands that a family adds, as data: the command line builds its parser and its help from it.

/** One option of a command. */
export interface CommandOption {
  /** As commander reads it: `-i, --interval <name>`. */
  readonly flags: string;
  readonly help: string;
  readonly default?: string;
  /** May be given several times; the handler gets a list. */
  readonly isRepeatable?: boolean;
  /** A flag whose repetitions are counted (`-v -v`); the handler gets a number. */
  readonly isCounted?: boolean;
  readonly isHidden?: boolean;
}

/** Where a command reads and writes. Handlers touch nothing else. */
export interface CommandStreams {
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stdin: NodeJS.ReadableStream;
  readonly environment: NodeJS.ProcessEnv;
  /** Aborted by Ctrl-C: show what is there, then return 130. */
  readonly signal: AbortSignal;
}

/** What the handler is given: values by the long name of each option, in camel case. */
export interface CommandCall extends CommandStreams {
  readonly options: Readonly<Record<string, unknown>>;
  /** File arguments as typed. */
  readonly files: readonly string[];
  /** Reads the lines of files, globs, folders, `.gz` and `-`, in the family's order. */
  readonly openInputs: OpenInputs;
  /** Reads what is written to files and folders from now on, until interrupted. */
  readonly followInputs: (...how: Parameters<OpenInputs>) => Promise<Inputs>;
  /** Makes a file that appears only when it is complete. */
  readonly createFile: CreateFile;
  /** Keeps copies of logs that their system deletes. */
  readonly backUp: BackUp;
  /** Adds a line to a small file that others follow. */
  readonly appendReport: AppendReport;
}

/** A file that could not be read to its end, with the reason for people. */
export interface InputFault {
  readonly path: string;
  readonly message: string;
  /** Nothing of it could be read. */
  readonly isTotal: boolean;
}

/** Reads inputs chunk by chunk; each chunk is valid until the next one is asked for. */
export interface Inputs {
  chunks(): AsyncIterable<import('./family.ts').LineChunk>;
  /** Filled while reading. */
  readonly faults: readonly InputFault[];
  /** Number of inputs that could be opened. */
  readonly opened: number;
}

/** How a command asks for its inputs. */
export type OpenInputs = (
  files: readonly string[],
  how: {
    /** Which base names to take from a folder. */
    readonly isLogName: (name: string) => boolean;
    /** Order by base name (true) or as given. */
    readonly isNameOrdered: boolean;
    /** Only so many of them, the last ones in their order. */
    readonly last?: number;
    /** Leaves out files that were last written to before this time, epoch milliseconds. */
    readonly writtenSinceMs?: number;
    readonly signal: AbortSignal;
  },
) => Inputs;

/** A file in the making; it has its name only after `finish`. */
export interface OutputFile {
  write(bytes: Uint8Array): Promise<void>;
  finish(): Promise<void>;
  /** Leaves nothing behind; for interruptions and errors. */
  discard(): Promise<void>;
}

/** Begins a file. Throws UsageError when it is there already and must not be replaced, or cannot be made. */
export type CreateFile = (path: string, how: { readonly mayReplace: boolean }) => Promise<OutputFile>;

/** How copies of the logs of one folder are kept in another one. */
export interface BackupPlan {
  readonly source: string;
  readonly destination: string;
  /** Base names (with `.gz` or without) that are ours; no other file is ever touched. */
  readonly isOurs: (name: string) => boolean;
  /** From this share of the destination's partition on, the oldest copies are deleted. Percent. */
  readonly maxUsedPercent: number;
  /** The newest copies of this number are never deleted. */
  readonly keepMin: number;
  readonly isCompressed: boolean;
  readonly signal: AbortSignal;
}

/** What a run of the backup did. */
export interface BackupResult {
  /** `partial`: not all could be copied. `busy`: another run is at work, and nothing was done. */
  readonly status: 'done' | 'partial' | 'busy';
  readonly copied: number;
  /** Bytes of the logs copied, before compression. */
  readonly bytes: number;
  readonly deleted: number;
  /** Files that were gone when their turn came. */
  readonly vanished: number;
  readonly failed: number;
  /** Of the partition of the copies after the run, down to a tenth. */
  readonly usedPercent: number;
  /** Age of the oldest copy in seconds, by its modification time; 0 without copies. */
  readonly oldestAgeSeconds: number;
  readonly runSeconds: number;
  /** What a person should know. */
  readonly notes: readonly string[];
}

/** Runs the backup once. Throws ExitError with status 2 for a missing folder, UsageError for one of no use. */
export type BackUp = (plan: BackupPlan) => Promise<BackupResult>;

/**
 * Appends a line (latin-1, without its line feed) to a file; a full one becomes `FILE.1`. The line is made from the time
 * (epoch milliseconds) and the number of this process. Throws UsageError when the file cannot be written.
 */
export type AppendReport = (path: string, line: (nowMs: number, process: number) => string) => Promise<void>;

/** One command, for example `ecs count`. */
export interface CommandSpec {
  /** The word after the group, for example `count`. */
  readonly name: string;
  /** The group it stands under when that is not the family's name (`mst`). */
  readonly group?: string;
  readonly summary: string;
  /** Shown below the options: examples, exit codes. */
  readonly notes: string;
  readonly argument: { readonly name: string; readonly help: string; readonly isRequired: boolean };
  readonly options: readonly CommandOption[];
  /** Exit status for wrong use; 2 unless the family's specification says otherwise. */
  readonly usageStatus?: number;
  /** Does the work and gives the exit status; throws UsageError for wrong use. */
  run(call: CommandCall): Promise<number>;
}

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
    /** Leaves out files that were last written to before this time, epoch milliseconds. */
    readonly writtenSinceMs?: number;
    readonly signal: AbortSignal;
  },
) => Inputs;

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

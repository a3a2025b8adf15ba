// The API's views by their plain names.
import type { components } from './schema';

type Schemas = components['schemas'];

export type CallState = Schemas['CallState'];
export type CallView = Schemas['CallView'];
export type Channel = Schemas['Channel'];
export type Consent = Schemas['ConsentView'];
export type DevicesView = Schemas['DevicesView'];
export type Layout = Schemas['Layout'];
export type LevelProblemView = Schemas['LevelProblemView'];
export type LevelView = Schemas['LevelView'];
export type MeasureView = Schemas['MeasureView'];
export type NewCall = Schemas['NewCall'];
export type ReceiptView = Schemas['ReceiptView'];
export type SandboxView = Schemas['SandboxView'];
export type SideView = Schemas['SideView'];
export type SnapshotView = Schemas['SnapshotView'];
export type StateView = Schemas['StateView'];
export type SummaryView = Schemas['SummaryView'];
export type TickView = Schemas['TickView'];
export type TicketView = Schemas['TicketView'];

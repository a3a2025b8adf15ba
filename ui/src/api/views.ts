// The API's views by their plain names.
import type { components } from './schema';

type Schemas = components['schemas'];

export type CallState = Schemas['CallState'];
export type CallView = Schemas['CallView'];
export type Channel = Schemas['Channel'];
export type Consent = Schemas['ConsentView'];
export type DevicesView = Schemas['DevicesView'];
export type HintLevel = Schemas['HintLevel'];
export type HintView = Schemas['HintView'];
export type Layout = Schemas['Layout'];
export type LevelProblemView = Schemas['LevelProblemView'];
export type LevelView = Schemas['LevelView'];
export type MeasureView = Schemas['MeasureView'];
export type MomentsView = Schemas['MomentsView'];
export type MomentView = Schemas['MomentView'];
export type NewCall = Schemas['NewCall'];
export type ObjectionView = Schemas['ObjectionView'];
export type Outcome = Schemas['OutcomeView'];
export type Rating = Schemas['RatingView'];
export type ReceiptView = Schemas['ReceiptView'];
export type ReserveView = Schemas['ReserveView'];
export type ReviewView = Schemas['ReviewView'];
export type SandboxView = Schemas['SandboxView'];
export type SideView = Schemas['SideView'];
export type SnapshotView = Schemas['SnapshotView'];
export type StateView = Schemas['StateView'];
export type StretchView = Schemas['StretchView'];
export type SummaryView = Schemas['SummaryView'];
export type TickView = Schemas['TickView'];
export type TicketView = Schemas['TicketView'];
export type WordsView = Schemas['WordsView'];

// What the client script of tower-consent gives a page.
//
// In a page that is the same for everyone (`pages = "neutral"`) all three lists are empty until the site has been asked, and
// `tc:change` tells when it has.

/** What the visitor decided, purpose by purpose. Frozen; every change is a new object. */
export interface ConsentState {
    readonly granted: readonly string[];
    readonly refused: readonly string[];
    /** Asked about and not decided yet. */
    readonly undecided: readonly string[];
}

export interface TowerConsent {
    readonly state: ConsentState;
    /** Shows the banner again where the page has one, else goes to the privacy centre. */
    open(): void;
    /**
     * Takes everything back: cookies and storage keys that the services declare are removed, those of other tabs' session storage
     * too, and the page is loaded anew where something ran.
     */
    withdraw(): Promise<ConsentState>;
}

declare global {
    /** There once the script ran; a page without the script works by forms. */
    const towerConsent: TowerConsent | undefined;

    interface DocumentEventMap {
        /** After every change, in this tab or another. */
        'tc:change': CustomEvent<ConsentState>;
    }
}

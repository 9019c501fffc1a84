// Outgoing mail. The text is plain: the adapter makes the HTML part by escaping it.

export interface Mail {
  to: string[];
  subject: string;
  text: string;
  /** Stable per occasion, becomes the Message-ID: a retried activity sends the same message, which a mailbox shows once. */
  occasion: string;
}

export interface MailPort {
  send(mail: Mail): Promise<void>;
}

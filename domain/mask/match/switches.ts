const SWITCH = /^(?:true|false|yes|no|on|off|enabled|disabled|none|null)$/i

/** Whether a text is a switch, as in `auth: enabled`. It is not a credential under any name, and hiding it would hide settings of others. */
export const isSwitch = (text: string): boolean => SWITCH.test(text)

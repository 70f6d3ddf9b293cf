import type { Configuration } from 'oidc-provider'
import { layout } from '../pages/layout.ts'
import { messagePage, signedOutPage, signOutPage, titleOf } from '../pages/message-page.ts'

/** For people. Programs get JSON. The texts of oidc-provider repeat no more of a request than the names of parameters. */
export const renderError: NonNullable<Configuration['renderError']> = (context, out) => {
  const isOurs = context.status >= 500
  const message = isOurs
    ? 'An error occurred. Try again; if it stays, tell your admin.'
    : `The program that sent you here did it wrongly: ${out.error_description ?? out.error}.`
  context.type = 'html'
  context.body = layout({ title: titleOf(context.status), body: messagePage(message) })
}

type Context = { type: string; body: unknown; readonly oidc: { readonly session?: { readonly accountId?: string | undefined } | undefined } }

/** Pages of signing out. `everywhere`: the path that also ends the person's other sign-ins. */
export const signOutPages = (everywhere: (name: string) => string) => ({
  logoutSource: (context: Context, form: string): void => {
    const name = context.oidc.session?.accountId
    context.type = 'html'
    context.body = layout({
      title: 'Sign out',
      body: signOutPage({
        action: /action="([^"]*)"/.exec(form)?.[1] ?? '',
        xsrf: /name="xsrf" value="([^"]*)"/.exec(form)?.[1] ?? '',
        everywhere: name === undefined ? undefined : everywhere(name),
      }),
    })
  },
  postLogoutSuccessSource: (context: Pick<Context, 'type' | 'body'>): void => {
    context.type = 'html'
    context.body = layout({ title: 'Signed out', body: signedOutPage() })
  },
})

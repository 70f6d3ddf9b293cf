import type { Configuration } from 'oidc-provider'
import { layout } from '../pages/layout.ts'
import { messagePage, signedOutPage, signOutPage, titleOf } from '../pages/message.ts'

/** For people. Programs get JSON. The texts of oidc-provider repeat no more of a request than the names of parameters. */
export const renderError: NonNullable<Configuration['renderError']> = (context, out) => {
  const isOurs = context.status >= 500
  const message = isOurs ? 'An error occurred. Try again; if it stays, tell your admin.' : `The program that sent you here did it wrongly: ${out.error_description ?? out.error}.`
  context.type = 'html'
  context.body = layout({ title: titleOf(context.status), body: messagePage(message) })
}

export const signOutPages = {
  logoutSource: (context: { type: string; body: unknown }, form: string): void => {
    context.type = 'html'
    context.body = layout({
      title: 'Sign out',
      body: signOutPage({
        action: /action="([^"]*)"/.exec(form)?.[1] ?? '',
        xsrf: /name="xsrf" value="([^"]*)"/.exec(form)?.[1] ?? '',
      }),
    })
  },
  postLogoutSuccessSource: (context: { type: string; body: unknown }): void => {
    context.type = 'html'
    context.body = layout({ title: 'Signed out', body: signedOutPage() })
  },
}

<!DOCTYPE html><html lang="ja"><head><meta charset="UTF-8" /><title>パスワードを忘れた方</title></head><body><h1>秘密の質問の確認</h1>
<p class="attention"><!--{$errmsg|h}--></p>
<form method="post" action="?" name="form1"><input type="hidden" name="transactionid" value="<!--{$transactionid|h}-->" />
<input type="hidden" name="mode" value="secret_check" />
<input type="hidden" name="name01" value="<!--{$arrForm.name01|h}-->" /><input type="hidden" name="name02" value="<!--{$arrForm.name02|h}-->" />
<input type="hidden" name="email" value="<!--{$arrForm.email|h}-->" /><input type="hidden" name="reminder" value="<!--{$arrForm.reminder|h}-->" />
<p><input type="text" name="reminder_answer" /></p><p><button>次へ</button></p></form></body></html>

<h1>パスワードの再発行</h1>
<p class="attention"><!--{$errmsg|h}--></p>
<form method="post" action="?" name="form1"><input type="hidden" name="transactionid" value="<!--{$transactionid|h}-->" />
<input type="hidden" name="mode" value="mail_check" />
<p>お名前 <input type="text" name="name01" /><input type="text" name="name02" /> メールアドレス <input type="text" name="email" /></p>
<p><button>次へ</button></p></form>

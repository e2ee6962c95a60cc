<h1>管理機能</h1>
<form method="post" action="?"><input type="hidden" name="transactionid" value="<!--{$transactionid|h}-->" /><input type="hidden" name="mode" value="login" />
<p><label>ID <input type="text" name="login_id" /></label> <label>PASSWORD <input type="password" name="password" /></label></p><p><button>LOGIN</button></p></form>
